"""A live line for every long step: a bar with an estimate on a terminal, a plain line now and then in a log."""

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from sparring.terminal import say

T = TypeVar("T")
LINE_EVERY_S = 30.0


class Meter:
    """Counts the steps of one long piece of work, and says how far it is and how long it will take."""

    def __init__(self, label: str, total: int, done: int = 0) -> None:
        self.label = label
        self.total = total
        self.done = done
        self._first = done
        self._begin = self._said = time.monotonic()
        self._bar: Progress | None = None
        if sys.stderr.isatty():
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
            )
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._bar.start()
            self._task = self._bar.add_task(label, total=total, completed=done)

    def advance(self, note: str = "") -> None:
        """One step more."""
        self.done += 1
        if self._bar is not None:
            self._bar.update(self._task, completed=self.done, description=f"{self.label} {note}".strip())
        elif time.monotonic() - self._said >= LINE_EVERY_S:
            self._said = time.monotonic()
            left = (self._said - self._begin) / (self.done - self._first) * (self.total - self.done)
            say(f"{self.label}: {self.done} of {self.total}, about {left:.0f} s left {note}".rstrip())

    def close(self) -> None:
        """Takes the bar away."""
        if self._bar is not None:
            self._bar.stop()


def steps(items: Sequence[T], label: str) -> Iterator[T]:
    """The items one by one, with a live line."""
    meter = Meter(label, len(items))
    try:
        for item in items:
            yield item
            meter.advance()
    finally:
        meter.close()
