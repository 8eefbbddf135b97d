"""A live line for every long step: a bar with an estimate on a terminal, plain lines in a log, one a minute at least.

The surprise: silence is broken by a thread, since some work (a model that is loaded, a long pass) tells nothing while
it lasts. What is known of the time after the step is said along.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from sparring.terminal import say, seconds_silent
from sparring.words import duration

OnLog = Callable[[int, Mapping[str, float]], None]  # hears the number of a training step, and its metrics

T = TypeVar("T")
LINE_EVERY_S = 30.0
LONGEST_SILENCE_S = 50.0
LOOK_EVERY_S = 1.0


@dataclass
class _Step:
    """The step of a round that runs.

    Attributes:
        label: What it is called.
        expected_s: Seconds that it should take; None where nobody knows.
        after_s: Seconds of all that comes after it; None as above.
        begin: When it began.
        meter: What counts its present part.
    """

    label: str
    expected_s: float | None
    after_s: float | None
    begin: float = field(default_factory=time.monotonic)
    meter: "Meter | None" = None

    def rest(self, part_s: float = 0.0) -> str:
        """What is left in all, at least `part_s` of this step; nothing where nobody knows."""
        if self.expected_s is None or self.after_s is None:
            return ""
        left = max(part_s, self.expected_s - (time.monotonic() - self.begin)) + self.after_s
        return f"; about {duration(left)} to the end of the campaign"

    def line(self) -> str:
        """How far it is, where nothing else says it."""
        elapsed = time.monotonic() - self.begin
        if self.meter is not None:
            return self.meter.line() + self.rest(self.meter.left_s or 0.0)
        share = "" if not self.expected_s else f", about {min(elapsed / self.expected_s, 0.99):.0%} of it"
        return f"{self.label}: {duration(elapsed)} so far{share}{self.rest()}"


_running: list[_Step] = []


@contextmanager
def alive(label: str, expected_s: float | None = None, after_s: float | None = None) -> Iterator[None]:
    """While the step runs, a log gets a line at least once a minute; a terminal has its bars."""
    step = _Step(label, expected_s, after_s)
    ended = threading.Event()
    _running.append(step)
    watch = threading.Thread(target=_break_silence, args=(step, ended), daemon=True)
    if not sys.stderr.isatty():
        watch.start()
    try:
        yield
    finally:
        ended.set()
        _running.remove(step)
        if watch.ident is not None:
            watch.join()


def _break_silence(step: _Step, ended: threading.Event) -> None:
    while not ended.wait(LOOK_EVERY_S):
        if seconds_silent() >= LONGEST_SILENCE_S:
            say(step.line())


class Meter:
    """Counts the steps of one long piece of work, and says how far it is and how long it will take."""

    def __init__(self, label: str, total: int, done: int = 0) -> None:
        self.label = label
        self.total = total
        self.done = done
        self.note = ""
        self._first = done
        self._begin = time.monotonic()
        self._said = self._begin
        self._bar: Progress | None = None
        self._step = _running[-1] if _running else None
        self._outer = None if self._step is None else self._step.meter
        if self._step is not None:
            self._step.meter = self
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

    @property
    def left_s(self) -> float | None:
        """Seconds that are left by the pace so far; None before the first is done."""
        if self.done == self._first:
            return None
        return (time.monotonic() - self._begin) / (self.done - self._first) * (self.total - self.done)

    def line(self) -> str:
        """How far it is."""
        left = "" if self.left_s is None else f", about {duration(self.left_s)} left"
        share = f" ({self.done / self.total:.0%})" if self.total else ""
        return f"{self.label}: {self.done} of {self.total}{share}{left} {self.note}".rstrip()

    def advance(self, note: str = "") -> None:
        """One step more."""
        self.done += 1
        self.note = note
        if self._bar is not None:
            self._bar.update(self._task, completed=self.done, description=f"{self.label} {note}".strip())
        elif time.monotonic() - self._said >= LINE_EVERY_S:
            self._said = time.monotonic()
            say(self.line() + ("" if self._step is None else self._step.rest(self.left_s or 0.0)))

    def close(self) -> None:
        """Takes the bar away."""
        if self._step is not None:
            self._step.meter = self._outer
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
