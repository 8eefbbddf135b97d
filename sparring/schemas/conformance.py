"""Whether a value is one that a schema admits, by the library `jsonschema`: what a person's gold is held against.

Only keywords whose meaning is plain are asked: patterns and formats of tool documents are written for people, and an
expression from a stranger's file is not run. `oneOf` is read as `anyOf`, as tool documents mean it, and 5.0 is no
integer, as everywhere in the checker.
"""

import json
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from sparring.short_cache import keeps_short

MAX_SHOWN = 160
PLAIN = frozenset({"type", "enum", "const", "required"})
BOUNDS = frozenset(
    "minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength minItems maxItems minProperties "
    "maxProperties".split()
)
BRANCHES = {"anyOf": "anyOf", "oneOf": "anyOf", "allOf": "allOf"}
SINGLE = frozenset({"items", "not"})
WHOLE = Draft202012Validator.TYPE_CHECKER.redefine(
    "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
)
StrictValidator = extend(Draft202012Validator, type_checker=WHOLE)


def misfit(value: Any, schema: dict[str, Any]) -> str | None:
    """Why a schema does not admit a value, with the place inside the value; None where it does.

    Args:
        value: A plain value.
        schema: A parameter's schema as `sparring.schemas.json_schema` reads it.
    """
    found = best_match(_validator(json.dumps(schema, sort_keys=True)).iter_errors(value))
    if found is None:
        return None
    place = found.json_path.removeprefix("$")
    return f"{place and place + ': '}{found.message}"[:MAX_SHOWN]


@keeps_short(maxsize=4_096)
def _validator(schema: str) -> Validator:
    return StrictValidator(_asked(json.loads(schema)))


def _asked(schema: Any) -> Any:
    """The schema's keywords that are asked, at every depth."""
    if not isinstance(schema, dict):
        return schema
    made: dict[str, Any] = {}
    for key, value in schema.items():
        if key in PLAIN or (key in BOUNDS and isinstance(value, int | float) and not isinstance(value, bool)):
            made[key] = value
        elif key == "properties":
            made[key] = {name: _asked(inner) for name, inner in value.items()}
        elif key in BRANCHES:
            made.setdefault("allOf", []).append({BRANCHES[key]: [_asked(inner) for inner in value]})
        elif key == "prefixItems":
            made[key] = [_asked(inner) for inner in value]
        elif key in SINGLE or (key == "additionalProperties" and "patternProperties" not in schema):
            made[key] = _asked(value)
    return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") is True else made
