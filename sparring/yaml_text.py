"""YAML that a person or a model's folder brought: plain values, within bounds, and never an object of Python.

The reader is ruamel's own in Python: the one in C ends the whole process where brackets nest deeply.
"""

from typing import Any

from ruamel.yaml import YAML

from sparring.errors import InputError

MAX_CHARS = 100_000
MAX_VALUES = 50_000
MAX_DEPTH = 60
MAX_REASON = 200


def read_yaml(text: str, place: str) -> Any:
    """The values of a YAML text.

    Raises:
        InputError: It is none, or unfolds to what cannot be kept; names the place.
    """
    if len(text) > MAX_CHARS:
        raise InputError(f"{place}: not readable as YAML: {len(text)} characters, at most {MAX_CHARS} are read")
    try:
        value = YAML(typ="safe", pure=True).load(text)
    except Exception as error:  # a date, number or tag that is none raises whatever its constructor meets
        reason = " ".join((str(error).splitlines() or [type(error).__name__])[0].split())
        raise InputError(f"{place}: not readable as YAML: {reason[:MAX_REASON]}") from None
    _check(value, place)
    return value


def _check(value: Any, place: str) -> None:
    """Raises InputError where aliases unfold without end, values nest deeply, or a text is half a character."""
    waiting, num_values = [(value, 0)], 0
    while waiting:
        found, depth = waiting.pop()
        num_values += 1
        if num_values > MAX_VALUES or depth > MAX_DEPTH:
            raise InputError(
                f"{place}: not readable as YAML: it unfolds to more than {MAX_VALUES} values or {MAX_DEPTH} levels"
            )
        if isinstance(found, dict):
            waiting += [(part, depth + 1) for pair in found.items() for part in pair]
        elif isinstance(found, list | tuple | set):
            waiting += [(part, depth + 1) for part in found]
        elif isinstance(found, str) and any("\ud800" <= character <= "\udfff" for character in found):
            raise InputError(f"{place}: not readable as YAML: half a surrogate pair")
