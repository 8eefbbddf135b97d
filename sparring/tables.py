"""Figures in tables of text: a rate and a difference stand with their intervals wherever they are shown."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from sparring.records import Rate
from sparring.visible_text import plain_text


def rate_text(found: Rate | None) -> str:
    """Value, 95 % interval and rows; a dash where nothing was counted."""
    if found is None or found.value is None:
        return "-"
    return f"{found.value:.3f} ({found.low:.2f}-{found.high:.2f}, {found.total})"


def difference_text(value: float, low: float, high: float) -> str:
    """A difference with its 95 % interval."""
    return f"{value:+.3f} ({low:+.2f} to {high:+.2f})"


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
