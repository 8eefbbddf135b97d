"""What a round's training set was drawn from, as one table: on the screen, in MLflow, in the report.

One line an attacker, and one for the untouched rows, with both kinds of rows beside each other: they must be equal.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table

from sparring.records import MixPart
from sparring.tables import table_text

WORDS = {
    "attack": "attacks by",
    "replay": "the mistake book's, by",
    "twin": "untouched, the attacked seeds",
    "clean": "untouched, other seeds",
    "no_call": "untouched, other seeds",
}
WRITERS = {"rules": "composed rules", "schema": "changed tools"}
WIDTH = 100


@dataclass(frozen=True)
class MixLine:
    """A line: rows that need a call and rows that want none, and how many of each the target answered wrongly."""

    label: str
    call: int = 0
    call_lost: int = 0
    no_call: int = 0
    no_call_lost: int = 0


def mix_lines(parts: Sequence[MixPart]) -> list[MixLine]:
    """The table's lines, attacked rows first, and their sum."""
    found: dict[str, list[int]] = {}
    for part in parts:
        for label in (_label(part), "all rows"):
            counts = found.setdefault(label, [0, 0, 0, 0])
            first = 0 if part.kind == "call" else 2
            counts[first] += part.rows
            counts[first + 1] += part.lost
    order = sorted(found, key=lambda label: label == "all rows")
    return [MixLine(label, *found[label]) for label in order]


def mix_table(parts: Sequence[MixPart]) -> str:
    """The table as text."""
    table = Table("learnt from", "rows with a call", "lost", "rows that want none", "lost")
    for line in mix_lines(parts):
        table.add_row(line.label, *map(str, (line.call, line.call_lost, line.no_call, line.no_call_lost)))
    return table_text(table, WIDTH)


def _label(part: MixPart) -> str:
    if part.attacker is None:
        return WORDS[part.origin]
    return f"{WORDS[part.origin]} {WRITERS.get(part.attacker, f'the query model of {part.attacker}')}"
