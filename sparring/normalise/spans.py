"""Places of a text that do not overlap, asked for one after the other: no question walks through all of them."""

from bisect import bisect_right
from collections.abc import Iterable


class Spans:
    """Stretches [start, end) of a text; those that touch are one.

    Args:
        found: The stretches, in any order.
    """

    def __init__(self, found: Iterable[tuple[int, int]]) -> None:
        self.merged: list[tuple[int, int]] = []
        for start, end in sorted(found):
            if self.merged and start <= self.merged[-1][1]:
                self.merged[-1] = (self.merged[-1][0], max(end, self.merged[-1][1]))
            else:
                self.merged.append((start, end))
        self._starts = [start for start, _ in self.merged]

    def overlap(self, start: int, end: int) -> bool:
        """Whether a letter of [start, end) lies within one of them."""
        place = bisect_right(self._starts, max(start, end - 1)) - 1
        return place >= 0 and start < end and self.merged[place][1] > start

    def hold(self, place: int) -> bool:
        """Whether the letter at a place lies within one of them."""
        return self.overlap(place, place + 1)
