"""How well the gates of free text tell rewrites apart: by rules alone, by those that stay, with readers beside them.

A reader is asked only where it can decide. The one surprise: a rewrite that is left unjudged, since a reader did not
answer, counts in neither share.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field
from rich.table import Table

from sparring.gate_benchmark.cases import LabelledRewrite, example_of
from sparring.gate_benchmark.scoring import share_cell
from sparring.gates import Facts, Gatekeeper, Readers, Rejection
from sparring.gates.readers import UNREAD
from sparring.records import UNJUDGED, Example, Rate, Record
from sparring.statistics import rate

RULES = "rules alone"
STAY = "the rules that stay"


class ReadScore(Record):
    """What one way to judge free text found.

    Attributes:
        gates: The way.
        precision: Share of the accepted rewrites that keep the label.
        recall: Share of the rewrites that keep the label which are accepted.
        readable: Share of the rewrites that keep the label whose seed enough readers answer rightly untouched: no
            recall is above it; None without readers.
        unjudged: Rewrites of which nobody knows, since a reader did not answer.
        rejections: Rejected rewrites that keep the label, by gate.
    """

    gates: str
    precision: Rate
    recall: Rate
    readable: Rate | None
    unjudged: int = Field(ge=0)
    rejections: dict[str, int]


@dataclass(frozen=True)
class _Agreeing:
    """A reader that finds nothing wrong, asked about what others are: what is left then the rules decide."""

    judges_no_call: bool

    def fits(self, seeds: Sequence[Example]) -> list[bool | None]:
        return [True] * len(seeds)

    def agrees(self, rewrites: Sequence[Facts]) -> list[bool | None]:
        return [True] * len(rewrites)


def read_scores(rows: Sequence[LabelledRewrite], gatekeeper: Gatekeeper) -> list[ReadScore]:
    """One line without readers, and two more where the gatekeeper has some."""
    pairs = [(example_of(row), row.rewrite) for row in rows]
    found = [_scored(RULES, rows, gatekeeper.explain(pairs), None)]
    if (readers := gatekeeper.readers) is not None:
        no_call = any(reader.judges_no_call for reader in readers.readers)
        gatekeeper.readers = Readers([_Agreeing(no_call)], agree=1, in_place_of=readers.in_place_of)
        found.append(_scored(STAY, rows, gatekeeper.explain(pairs, "rewrite"), None))
        gatekeeper.readers = readers
        readable = readers.readable([example for example, _ in pairs])
        num = len(readers.readers)
        all_fit = f"these and all of {num} readers that answer the seed"
        name = all_fit if readers.agree is None else f"these and {readers.agree} of {num} readers"
        found.append(_scored(name, rows, gatekeeper.explain(pairs, "rewrite"), readable))
    return found


def _scored(
    name: str, rows: Sequence[LabelledRewrite], found: Sequence[Rejection | None], readable: Sequence[bool] | None
) -> ReadScore:
    judged = [(row.valid, one) for row, one in zip(rows, found, strict=True) if one is None or one.gate != UNJUDGED]
    accepted = [valid for valid, one in judged if one is None]
    lost = [one.gate for valid, one in judged if valid and one is not None]
    right = len(lost) + sum(accepted)
    bound = None
    if readable is not None:
        can = [read for row, read in zip(rows, readable, strict=True) if row.valid]
        bound = rate(sum(can), len(can))
    return ReadScore(
        gates=name,
        precision=rate(sum(accepted), len(accepted)),
        recall=rate(sum(accepted), right),
        readable=bound,
        unjudged=len(rows) - len(judged),
        rejections=dict(Counter(lost).most_common()),
    )


def read_table(title: str, scores: Sequence[ReadScore]) -> Table:
    """One line a way to judge free text."""
    heads = ("precision", "recall", "seeds that enough readers answer", "unjudged", "right ones rejected by")
    table = Table("gates of free text", *heads, title=title)
    for one in scores:
        reasons = ", ".join(f"{_reason(gate)} {count}" for gate, count in one.rejections.items())
        bound = "-" if one.readable is None else share_cell(one.readable)
        table.add_row(one.gates, share_cell(one.precision), share_cell(one.recall), bound, str(one.unjudged), reasons)
    return table


def _reason(gate: str) -> str:
    return f"{gate} (too few readers)" if gate == UNREAD else gate
