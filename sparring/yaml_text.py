"""YAML that a person or a model's folder brought: plain values, within bounds, and never an object of Python.

The reader is ruamel's own in Python: the one in C ends the whole process where brackets nest deeply. Documents of
megabytes need that one all the same: there the nesting is counted first, from events, which need no stack.
"""

from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor

from sparring.errors import InputError

MAX_CHARS = 100_000
MAX_VALUES = 50_000
MAX_DEPTH = 60
MAX_BITS = 1024  # of a whole number: Python refuses to write one of 4,300 digits, and YAML reads longer ones in hex
MAX_REASON = 200
MAX_DOCUMENT_CHARS = 8_000_000
MAX_DOCUMENT_VALUES = 1_000_000


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


class _JsonConstructor(SafeConstructor):
    """Makes what JSON has: a date stays the text that it is."""


_JsonConstructor.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)


def read_yaml_document(text: str, place: str) -> Any:
    """The values of a document that could be JSON as well, e.g. OpenAPI: keys are texts, dates too.

    Raises:
        InputError: It is no YAML, or unfolds to what cannot be kept; names the place.
    """
    if len(text) > MAX_DOCUMENT_CHARS:
        raise InputError(f"{place}: not readable as YAML: {len(text):,} characters, at most {MAX_DOCUMENT_CHARS:,}")
    try:
        _check_nesting(text, place)
        reader = YAML(typ="safe")
        reader.Constructor = _JsonConstructor
        value = reader.load(text)
    except InputError:
        raise
    except Exception as error:  # as above
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{place}: not readable as YAML: {reason[:MAX_REASON]}") from None
    return _as_json(value, place)


def _check_nesting(text: str, place: str) -> None:
    depth = 0
    for event in YAML(typ="safe").parse(text):
        kind = type(event).__name__
        depth += kind.endswith("StartEvent") - kind.endswith("EndEvent")
        if depth > MAX_DEPTH:
            raise InputError(f"{place}: not readable as YAML: brackets nest deeper than {MAX_DEPTH}")


def _as_json(document: Any, place: str) -> Any:
    num_values = 0

    def plain(value: Any, depth: int) -> Any:
        nonlocal num_values
        num_values += 1
        if num_values > MAX_DOCUMENT_VALUES or depth > MAX_DEPTH:
            limits = f"{MAX_DOCUMENT_VALUES:,} values or {MAX_DEPTH} levels"
            raise InputError(f"{place}: not readable as YAML: it unfolds to more than {limits}")
        _check_number(value, place)
        if isinstance(value, dict):
            for key in value:
                _check_number(key, place)
            return {str(key): plain(inner, depth + 1) for key, inner in value.items()}
        return [plain(inner, depth + 1) for inner in value] if isinstance(value, list) else value

    return plain(document, 0)


def _check(value: Any, place: str) -> None:
    """Raises InputError where aliases unfold without end, values nest deeply, or one of them cannot be written."""
    waiting, num_values = [(value, 0)], 0
    while waiting:
        found, depth = waiting.pop()
        num_values += 1
        if num_values > MAX_VALUES or depth > MAX_DEPTH:
            raise InputError(
                f"{place}: not readable as YAML: it unfolds to more than {MAX_VALUES} values or {MAX_DEPTH} levels"
            )
        _check_number(found, place)
        if isinstance(found, dict):
            waiting += [(part, depth + 1) for pair in found.items() for part in pair]
        elif isinstance(found, list | tuple | set):
            waiting += [(part, depth + 1) for part in found]
        elif isinstance(found, str) and any("\ud800" <= character <= "\udfff" for character in found):
            raise InputError(f"{place}: not readable as YAML: half a surrogate pair")


def _check_number(value: Any, place: str) -> None:
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise InputError(f"{place}: not readable as YAML: a whole number of more than {MAX_BITS} bits")
