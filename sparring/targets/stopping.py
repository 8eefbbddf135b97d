"""How a run at an endpoint ends before all its rows have: the endpoint is gone, or somebody stops the program.

The surprise: answers that are on their way when the program is told to stop are awaited for a while, since they are
paid for.
"""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, as_completed
from contextlib import suppress

from sparring.targets.journal import Journal, JournalRow
from sparring.terminal import say

MIN_FAILURES_TO_STOP = 16
GRACE_S = 10.0  # who ends a program from outside commonly waits 10 to 30 s before it kills


class Patience:
    """Ends a run whose rows fail one after the other: an endpoint that is gone is not asked a thousand times.

    Counted where the rows end: who collects them may be far behind.
    """

    def __init__(self, concurrency: int, stop: threading.Event) -> None:
        self._max_failures = max(MIN_FAILURES_TO_STOP, 2 * concurrency)
        self._stop = stop
        self._failures = 0
        self._lock = threading.Lock()

    def note(self, failed: bool) -> None:
        """Counts one row that was asked to its end."""
        with self._lock:
            self._failures = self._failures + 1 if failed else 0
            if self._failures >= self._max_failures:
                self._stop.set()


def keep(end: JournalRow, journal: Journal) -> None:
    """Journals a row's end, once, where it is an answer or has cost something."""
    if (end.text is not None or end.requests) and end.row_id not in journal.ended:
        journal.add(end)


def keep_under_way(futures: Sequence[Future[JournalRow]], stop: threading.Event, journal: Journal) -> None:
    """Nothing new is sent; answers that are on their way are awaited for up to GRACE_S, and kept as they come."""
    stop.set()
    left = [future for future in futures if not future.cancel()]
    if under_way := sum(not future.done() for future in left):
        say(f"stopping: up to {GRACE_S:.0f} s for {under_way} answers under way; stop again to leave at once")
    with suppress(TimeoutError):
        for future in as_completed(left, timeout=GRACE_S):
            if future.exception() is None:
                keep(future.result(), journal)
