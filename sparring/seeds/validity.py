"""Whether a value, or a whole call, is valid by its JSON schema: by `jsonschema`, formats included, in bounded time.

A pattern of a stranger's schema is read before it is used (`sparring.tools.patterns`): by one that may take forever
nothing is valid.
"""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from sparring.schemas.json_schema import Schema
from sparring.tools.patterns import pattern_fault


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
    if not _is_safe(pattern) or re.search(pattern, instance) is None:
        yield ValidationError(f"{instance!r} does not match {pattern!r}"[:120])


@lru_cache(maxsize=1_024)
def _is_safe(pattern: str) -> bool:
    return pattern_fault(pattern) is None


Bounded = extend(Draft202012Validator, {"pattern": _pattern, "patternProperties": lambda *_: iter(())})


@lru_cache(maxsize=4_096)
def _validator(schema: str) -> Validator:
    return Bounded(json.loads(schema), format_checker=FormatChecker())
