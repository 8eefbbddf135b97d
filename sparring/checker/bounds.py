"""What an argument may be worth: values that JSON holds, within bounds. Every strict parser ends here.

Nothing behind the parsers asks again. Integers stay below the largest float: some JSON readers take every number for
one, and Python refuses to write more than 4,300 digits at all.
"""

import math
from collections.abc import Sequence
from typing import Any

from sparring.checker.errors import ParseError
from sparring.checker.python_text import DecodedCall

MAX_DEPTH = 60
MAX_DIGITS = 300
MAX_INTEGER = 10**MAX_DIGITS


def bounded(calls: Sequence[DecodedCall]) -> list[DecodedCall]:
    """The calls.

    Raises:
        ParseError: A name is no text, or a value is none that JSON holds: a number without end or of more than
            `MAX_DIGITS` digits, bytes, half a surrogate pair, a key that is no text, more than `MAX_DEPTH` levels.
    """
    for name, arguments in calls:
        _check_text(name)
        for key, value in arguments.items():
            _check_text(key)
            _check(value, 1)
    return list(calls)


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ParseError(f"values nest deeper than {MAX_DEPTH}")
    match value:
        case str():
            _check_text(value)
        case bool() | None:
            pass
        case int():
            if not -MAX_INTEGER < value < MAX_INTEGER:
                raise ParseError(f"an integer has more than {MAX_DIGITS} digits")
        case float():
            if not math.isfinite(value):
                raise ParseError("a number is not finite")
        case list() | tuple():
            for item in value:
                _check(item, depth + 1)
        case dict():
            for key, item in value.items():
                _check_text(key)
                _check(item, depth + 1)
        case _:
            raise ParseError(f"an argument is of type {type(value).__name__}, which JSON does not hold")


def _check_text(text: Any) -> None:
    if not isinstance(text, str):
        raise ParseError(f"a name or key is of type {type(text).__name__}, and no text")
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ParseError("a text holds half a surrogate pair") from None
