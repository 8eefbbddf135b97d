"""Rows whose right calls hold the same arguments: who has learnt one of them knows the other.

A gold accepts several values an argument, and may accept that it is left out; two rows are alike where one answer is
right for both. Names and values count, functions do not. The one surprise: spelling counts as little as it does for the
checker, so that no right answer of a training row can be one of a held-out row by another spelling.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sparring.checker.reference_match import standardised
from sparring.gold import OMITTED, may_be_omitted, plain_value
from sparring.records import Example, GoldCall

MIN_SHARED = 2  # arguments: one alone (a city, a year) is no secret


@dataclass(frozen=True, slots=True)
class _Accepted:
    """The accepted values of each argument of a call in one spelling, and which arguments may be left out."""

    values: Mapping[str, frozenset[str]]
    optional: frozenset[str]

    def needs(self) -> Iterator[str]:
        """Arguments that every right call holds."""
        return (name for name in self.values if name not in self.optional)


class RightArguments:
    """Right calls by what they may hold.

    Args:
        examples: Rows with their gold; those that want no call hold nothing.
    """

    def __init__(self, examples: Iterable[Example] = ()) -> None:
        self._calls: list[tuple[str, _Accepted]] = []
        self._with: dict[tuple[str, str], list[int]] = defaultdict(list)
        for example in examples:
            self.add(example)

    def add(self, example: Example) -> None:
        """Takes in one row."""
        for accepted in _distinct(example):
            for name, values in accepted.values.items():
                for value in values:
                    self._with[name, value].append(len(self._calls))
            self._calls.append((example.id, accepted))

    def knowing(self, example: Example) -> list[str]:
        """Ids of the rows that share a right call's arguments with this one, in the order in which they came."""
        found: dict[str, None] = {}
        for gold in _distinct(example):
            for number in self._near(gold):
                row = self._calls[number][0]
                if row not in found and self._alike(gold, number):
                    found[row] = None
        return list(found)

    def right(self, arguments: Mapping[Any, Any]) -> str | None:
        """The first row for which a call with these arguments is right; None where there is none."""
        given = _Accepted({str(name): frozenset((_spelt(value),)) for name, value in arguments.items()}, frozenset())
        return next((self._calls[n][0] for n in self._near(given) if self._alike(given, n)), None)

    def _near(self, gold: _Accepted) -> list[int]:
        """Numbers of the calls that have a value in common with this one."""
        return sorted(
            {n for name, values in gold.values.items() for v in values for n in self._with.get((name, v), ())}
        )

    def _alike(self, one: _Accepted, number: int) -> bool:
        other = self._calls[number][1]
        shared = {name for name in one.values if one.values[name] & other.values.get(name, frozenset())}
        return len(shared) >= MIN_SHARED and shared.issuperset(one.needs()) and shared.issuperset(other.needs())


def _distinct(example: Example) -> list[_Accepted]:
    """What the row's right calls accept, each once: a row may hold thousands of the same."""
    golds = [_accepted(call) for call in example.gold]
    return list({(frozenset(gold.values.items()), gold.optional): gold for gold in golds}.values())


def _accepted(call: GoldCall) -> _Accepted:
    values = {
        name: frozenset(_spelt(plain_value(value)) for value in accepted if value != OMITTED)
        for name, accepted in call.arguments.items()
    }
    optional = frozenset(name for name, accepted in call.arguments.items() if may_be_omitted(accepted))
    return _Accepted(values, optional)


def _spelt(value: Any) -> str:
    """One spelling for all that the checker takes for the same value."""
    if isinstance(value, bool) or value is None:
        return repr(value)
    if isinstance(value, str):
        return repr(standardised(value))
    if isinstance(value, int | float):
        return repr(float(value)) if abs(value) < 2**53 else repr(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_spelt(inner)}" for key, inner in sorted(value.items(), key=str)) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(_spelt, value)) + "]"
    return repr(value)
