"""A cache of what a function makes of a text, for short texts alone: a foreign one may have megabytes."""

from collections.abc import Callable
from functools import lru_cache
from typing import Generic, TypeVar

LONGEST = 4_000  # characters of a text that is kept

ResultT = TypeVar("ResultT")


class ShortCache(Generic[ResultT]):
    """A function of one text that remembers what it gave for short ones.

    Args:
        function: The same text gives the same result.
        maxsize: Texts that are kept; those asked longest ago go first.
    """

    def __init__(self, function: Callable[[str], ResultT], maxsize: int) -> None:
        self._function = function
        self._kept = lru_cache(maxsize=maxsize)(function)
        self.__doc__ = function.__doc__
        self.cache_clear = self._kept.cache_clear

    def __call__(self, text: str) -> ResultT:
        """What the function makes of the text."""
        return self._kept(text) if len(text) <= LONGEST else self._function(text)


def keeps_short(maxsize: int) -> Callable[[Callable[[str], ResultT]], ShortCache[ResultT]]:
    """A function's short texts are remembered, up to so many."""
    return lambda function: ShortCache(function, maxsize)
