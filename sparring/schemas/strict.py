"""A tool's parameters as strict mode takes them, and the arguments that come back as the tool itself takes them.

Strict mode (OpenAI's rules for structured outputs) holds a model to the schema, if every object names all of its
properties, all are required and there are no others. So what was optional is required and may be null, and a null that
only says this is taken out of the answer again. The one surprise: bounds that the rules do not know are left out, since
they hold for the answer all the same; a schema whose form they do not know is refused.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sparring.schemas.json_schema import Schema

MAX_PROPERTIES = 5_000
MAX_LEVELS = 10
MAX_ENUM_VALUES = 1_000
TYPES = frozenset({"string", "number", "integer", "boolean", "object", "array", "null"})
FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"})
KEPT = frozenset(
    "type description title enum const pattern format multipleOf minimum maximum exclusiveMinimum exclusiveMaximum "
    "minItems maxItems".split()
)
FORMS = frozenset(
    "allOf not if then else dependentRequired dependentSchemas patternProperties propertyNames unevaluatedProperties "
    "prefixItems contains unevaluatedItems additionalItems".split()
)
LOOKS_AROUND = ("(?=", "(?!", "(?<")


class NotStrictError(Exception):
    """A schema that strict mode does not take; the message names field and reason."""


class _Counts:
    """What the rules bound over a whole schema."""

    def __init__(self) -> None:
        self.properties = 0
        self.enum_values = 0


def strict_parameters(schema: Schema) -> Schema:
    """The parameters for `strict: true`.

    Args:
        schema: As `read_parameters` gives it: without references.

    Raises:
        NotStrictError: No strict schema takes the same calls.
    """
    if "anyOf" in schema or "oneOf" in schema:
        raise NotStrictError("parameters: alternatives for all arguments together are not taken")
    return _strict({**schema, "type": "object"}, "parameters", 1, _Counts())


def _strict(schema: Any, field: str, level: int, counts: _Counts) -> Schema:
    if not isinstance(schema, Mapping):
        raise NotStrictError(f"{field}: any value at all is not taken")
    if found := sorted(schema.keys() & FORMS):
        raise NotStrictError(f"{field}: {found[0]} is not taken")
    made: Schema = {key: value for key, value in schema.items() if key in KEPT and _is_taken(key, value)}
    if branches := schema.get("anyOf") or schema.get("oneOf"):
        made["anyOf"] = [
            _strict(branch, f"{field}.anyOf.{number}", level, counts) for number, branch in enumerate(branches)
        ]
        made.pop("type", None)
        return made
    if not _kinds(schema):
        raise NotStrictError(f"{field}: has no type")
    if "type" not in made:
        made["type"] = _kinds(schema) if len(_kinds(schema)) > 1 else _kinds(schema)[0]
    counts.enum_values += len(schema.get("enum", ()))
    if counts.enum_values > MAX_ENUM_VALUES:
        raise NotStrictError(f"{field}.enum: more than {MAX_ENUM_VALUES} values in all")
    if "object" in _kinds(schema):
        made |= _strict_object(schema, field, level, counts)
    if "array" in _kinds(schema):
        made["items"] = _strict(schema.get("items"), f"{field}.items", level, counts)
    return made


def _strict_object(schema: Mapping[str, Any], field: str, level: int, counts: _Counts) -> Schema:
    properties = schema.get("properties", {})
    others = schema.get("additionalProperties")
    if others not in (None, False, True, {}) or (not properties and level > 1 and others is not False):
        raise NotStrictError(f"{field}: entries under names of one's own are not taken")
    counts.properties += len(properties)
    if counts.properties > MAX_PROPERTIES:
        raise NotStrictError(f"{field}: more than {MAX_PROPERTIES} arguments in all")
    if level > MAX_LEVELS:
        raise NotStrictError(f"{field}: more than {MAX_LEVELS} levels of objects")
    required = schema.get("required", ())
    inner = {name: _strict(one, f"{field}.{name}", level + 1, counts) for name, one in properties.items()}
    made = {name: one if name in required else _or_null(one) for name, one in inner.items()}
    return {"properties": made, "required": list(made), "additionalProperties": False}


def _is_taken(key: str, value: Any) -> bool:
    if key == "format":
        return value in FORMATS
    return key != "pattern" or not any(sign in str(value) for sign in LOOKS_AROUND)


def _or_null(schema: Schema) -> Schema:
    """The same with null."""
    if _takes_null(schema):
        return schema
    if "anyOf" in schema:
        return schema | {"anyOf": [*schema["anyOf"], {"type": "null"}]}
    if "const" in schema or "type" not in schema:
        about = {key: schema[key] for key in ("description", "title") if key in schema}
        return about | {"anyOf": [{key: value for key, value in schema.items() if key not in about}, {"type": "null"}]}
    made = schema | {"type": [*_kinds(schema), "null"]}
    return made | ({"enum": [*schema["enum"], None]} if "enum" in schema else {})


def _takes_null(schema: Any) -> bool:
    """Whether null is a value of a schema."""
    if not isinstance(schema, Mapping):
        return True
    if branches := schema.get("anyOf") or schema.get("oneOf"):
        return any(_takes_null(branch) for branch in branches)
    if "const" in schema:
        return schema["const"] is None
    if "enum" in schema:
        return None in schema["enum"]
    return "null" in _kinds(schema)


def _kinds(schema: Mapping[str, Any]) -> list[str]:
    """The types that a schema names, or that its values have; none where that is not known."""
    named = schema.get("type")
    if named is None:
        values = [schema["const"]] if "const" in schema else schema.get("enum", [])
        return sorted({_kind(value) for value in values})
    kinds = [named] if isinstance(named, str) else list(named)
    return kinds if TYPES.issuperset(kinds) else []


def _kind(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    if isinstance(value, int | float):
        return "integer" if isinstance(value, int) else "number"
    return "string" if isinstance(value, str) else "object" if isinstance(value, Mapping) else "array"


def without_made_nulls(value: Any, schema: Any) -> Any:
    """Arguments, or a part of them, as the schema before `strict_parameters` takes them.

    A null for an optional argument counts as left out: where the schema did not take null at all, and where null is
    what leaving it out means (no default, or null).

    Args:
        value: What a model answered under the strict schema.
        schema: The schema before.
    """
    if not isinstance(schema, Mapping):
        return value
    if branches := schema.get("anyOf") or schema.get("oneOf"):
        return without_made_nulls(value, _branch(value, branches))
    if isinstance(value, dict):
        properties, required = schema.get("properties", {}), schema.get("required", ())
        return {
            name: without_made_nulls(one, properties.get(name))
            for name, one in value.items()
            if not (one is None and name in properties and name not in required and _is_left_out(properties[name]))
        }
    if isinstance(value, list):
        return [without_made_nulls(one, schema.get("items")) for one in value]
    return value


def _is_left_out(schema: Any) -> bool:
    return not _takes_null(schema) or not isinstance(schema, Mapping) or schema.get("default") is None


def _branch(value: Any, branches: Sequence[Any]) -> Any:
    """The alternative that a value was written for: the first of its kind that knows all of its keys."""
    keys = value.keys() if isinstance(value, dict) else set()
    fitting = (
        branch
        for branch in branches
        if isinstance(branch, Mapping)
        and _kind(value) in _kinds(branch)
        and keys <= branch.get("properties", {}).keys()
    )
    return next(fitting, None)
