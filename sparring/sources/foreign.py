"""Rows of other people: JSON that can be kept, and faults by field; tools and calls are read in tool_forms.py.

Every source reads its rows through this module. What cannot be kept (half of a surrogate pair, NaN, brackets or
integers without end) is named here, so that nothing later has to expect it.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sparring.errors import InputError
from sparring.gold import accepted_values
from sparring.records import Example
from sparring.terminal import say

MAX_DEPTH = 60
MAX_DIGITS = 300
LARGEST = 10**MAX_DIGITS  # nearly the largest float
MAX_PLACE = 200
MAX_NAMED = 3
LONGEST_REASON = 400  # characters of why a row is left out: names of other people may have any length, and lines

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Loaded:
    """What a source gave.

    Attributes:
        examples: The rows that can be used.
        rejected: Faulty rows: their place, and the field with the reason.
        num_unfit: Rows that are as they should be and prove nothing, e.g. longer talks.
    """

    examples: list[Example]
    rejected: dict[str, str] = field(default_factory=dict)
    num_unfit: int = 0

    def announce(self, name: str) -> "Loaded":
        """Says how many rows were left out, and why the first were.

        Raises:
            InputError: Nothing is left.
        """
        first = [f"{place}: {reason}" for place, reason in list(self.rejected.items())[:MAX_NAMED]]
        if not self.examples:
            raise InputError(f"{name}: no row can be used" + (f"; {first[0]}" if first else ""))
        said = f"{len(self.rejected)} faulty rows left out" + (f" ({'; '.join(first)})" if first else "")
        unfit = f", {self.num_unfit} rows left out (no single-turn call of a shown tool)" if self.num_unfit else ""
        if self.rejected or self.num_unfit:
            say(f"{name}: {len(self.examples)} examples, {said}{unfit}")
        return self


def read_foreign_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a text file that are not blank, with their numbers from 1; bytes that are no UTF-8 spoil their line.

    Raises:
        InputError: The file cannot be opened.
    """
    try:
        text = path.read_text(encoding="utf-8-sig", errors="surrogateescape")
    except OSError as error:
        raise InputError(f"{path}: {(error.strerror or 'not readable').lower()}") from None
    return ((number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip())


def load_json(text: str) -> Any:
    """The value of a JSON text that others wrote.

    Raises:
        InputError: It is no JSON, or holds what cannot be kept.
    """
    try:
        value = json.loads(text, parse_int=whole_number)
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error.msg} at column {error.colno}") from None
    except RecursionError:
        raise InputError("not JSON: brackets nest too deeply") from None
    check_kept(value)
    return value


def whole_number(digits: str) -> int | float:
    """An integer of JSON; infinite where it has too many digits, which `check_kept` then names by its field."""
    return int(digits) if len(digits) <= MAX_DIGITS else math.inf


def check_kept(value: Any) -> None:
    """Raises InputError, naming the field, where a value holds what a file of JSON cannot keep."""
    waiting: list[tuple[str, Any, int]] = [("", value, 0)]
    while waiting:
        place, found, depth = waiting.pop()
        if isinstance(found, str):
            _check_text(place, found)
        elif isinstance(found, dict | list | tuple):
            if depth == MAX_DEPTH:
                raise InputError(f"{place[:MAX_PLACE]}: brackets nest deeper than {MAX_DEPTH}")
            waiting += _inside(place, found, depth + 1)
        elif isinstance(found, int | float) and not abs(found) <= LARGEST:
            raise InputError(f"{place or 'record'}: a number that is too large to keep, or none")
        elif found is not None and not isinstance(found, int | float):
            raise InputError(f"{place or 'record'}: a {type(found).__name__} is no value that JSON has")


def _inside(
    place: str, value: dict[Any, Any] | list[Any] | tuple[Any, ...], depth: int
) -> Iterator[tuple[str, Any, int]]:
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(key, str):
            _check_text(place, key)
        elif isinstance(value, dict):
            raise InputError(f"{place or 'record'}: the key {short(key)} is no text")
        yield f"{place}.{key}" if place else str(key), inner, depth


def _check_text(place: str, text: str) -> None:
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise InputError(f"{place or 'record'}: half a surrogate pair, or a byte that is no UTF-8")


def text_at(row: Row, key: str, place: str = "") -> str:
    """A text of a row; empty where it is null. Raises InputError where it is none."""
    value = row.get(key, "")
    if value is not None and not isinstance(value, str):
        raise InputError(f"{place}{key}: expected text, not {short(value)}")
    return value or ""


def list_at(row: Row, key: str) -> list[Any]:
    """A list of a row, which may be written as JSON text.

    Raises:
        InputError: It is missing, or no list.
    """
    value = row.get(key)
    if isinstance(value, str):
        try:
            value = load_json(value)
        except InputError as error:
            raise InputError(f"{key}: {error}") from None
    if not isinstance(value, list):
        raise InputError(f"{key}: {'missing' if key not in row else f'expected a list, not {short(value)}'}")
    return value


def gold_call(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A right call whose arguments are right as they are."""
    return {"name": name, "arguments": {key: accepted_values(value) for key, value in arguments.items()}}


def category_of_shape(num_tools: int, num_calls: int) -> str:
    """BFCL's name for rows with so many tools and right calls."""
    if num_calls == 0:
        return "irrelevance"
    if num_calls > 1:
        return "parallel_multiple" if num_tools > 1 else "parallel"
    return "multiple" if num_tools > 1 else "simple"


def short(value: Any) -> str:
    """A value as errors show it."""
    return repr(value)[:80]
