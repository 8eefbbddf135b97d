"""Figures in tables of text: a rate and a difference stand with their intervals wherever they are shown."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from sparring.records import Breadth, Kind, Rate
from sparring.visible_text import plain_text

KIND_WORDS: dict[Kind, str] = {"call": "wants a call", "no_call": "wants none"}


def rate_text(found: Rate | None) -> str:
    """Value, 95 % interval, rows and how many of them are not scored; a dash where nothing was counted."""
    if found is None:
        return "-"
    missing = not_scored_text(found)
    if found.value is None:
        return f"- ({missing.removeprefix('; ')})" if missing else "-"
    return f"{found.value:.3f} ({found.low:.2f}-{found.high:.2f}, {found.total}{missing})"


def not_scored_text(found: Rate) -> str:
    """ "; 3 not scored", behind the rows that a share counts; empty where all that were asked are scored."""
    return f"; {found.not_scored} not scored" if found.not_scored else ""


def breadth_text(found: Breadth | None) -> str:
    """Effective number of strategies, of so many programs and won attacks; where nothing was won, there is none."""
    if found is None:
        return "-"
    if found.effective is None:
        return "- (0 won)"
    return f"{found.effective:.1f} ({found.programs} of {found.won} won)"


def difference_text(value: float, low: float, high: float) -> str:
    """A difference with its 95 % interval."""
    return f"{value:+.3f} ({low:+.2f} to {high:+.2f})"


def table_markdown(table: Table) -> str:
    """The table in Markdown, for a page of ours."""
    rows = [[str(column.header) for column in table.columns], ["---"] * len(table.columns)]
    rows += [[str(cell) for cell in line] for line in zip(*(column.cells for column in table.columns), strict=True)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def table_text(table: Table, width: int, after: Sequence[str] = ()) -> str:
    """The table without colour, and lines below it that are not broken.

    Args:
        table: What is shown.
        width: Of the table, in characters.
        after: Lines.
    """
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(table)
        for line in after:
            console.print(plain_text(line), soft_wrap=True)
    return capture.get()
