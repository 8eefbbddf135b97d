"""Whether a value, or a whole call, is valid by its JSON schema: by `jsonschema`, formats included, in bounded time.

A pattern of a stranger's schema is matched by the `regex` module, which gives up after a time; what it gives up on is
not valid.
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import regex
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from sparring.schemas.json_schema import Schema

PATTERN_SECONDS = 0.05


def admits(schema: Schema, value: Any) -> bool:
    """Whether a schema admits a value, its formats and patterns included."""
    return fault_of(schema, value) is None


def fault_of(schema: Schema, value: Any) -> str | None:
    """Why a schema does not admit a value; None where it does."""
    found = next(_validator(json.dumps(schema, sort_keys=True)).iter_errors(value), None)
    return None if found is None else f"{found.json_path}: {found.message}"[:200]


def _pattern(validator: Any, pattern: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, str) or not isinstance(pattern, str):
        return
    try:
        matched = regex.search(pattern, instance, timeout=PATTERN_SECONDS) is not None
    except (regex.error, TimeoutError):
        matched = False
    if not matched:
        yield ValidationError(f"{instance!r} does not match {pattern!r}"[:120])


Bounded = extend(Draft202012Validator, {"pattern": _pattern, "patternProperties": lambda *_: iter(())})


@lru_cache(maxsize=4_096)
def _validator(schema: str) -> Validator:
    return Bounded(json.loads(schema), format_checker=FormatChecker())
