"""Whether a value is of the type that a parameter's schema declares, in BFCL's dialect and in JSON Schema.

What a schema says beyond types (enum, const, ranges, patterns) is not judged here: the comparison with the gold does
that, and the surprise is that a schema without any type admits every value.
"""

from collections.abc import Sequence
from typing import Any

from sparring.checker.errors import ExampleError

KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "float": (float, int),
    "number": (float, int),
    "boolean": (bool,),
    "array": (list, tuple),
    "tuple": (list, tuple),
    "dict": (dict,),
    "object": (dict,),
    "null": (type(None),),
}
ANY = "any"
CHOICES = ("anyOf", "oneOf")
BRANCHES = (*CHOICES, "allOf")
MAX_DEPTH = 60


def type_fits(value: Any, schema: dict[str, Any]) -> bool:
    """Exact at every depth: bool is no int, 1.0 is no int, an int may stand for a float."""
    kind = schema.get("type", ANY)
    kinds = (kind,) if isinstance(kind, str) else kind
    if ANY not in kinds and not any(type(value) in KINDS[name] for name in kinds):
        return value is None and schema.get("nullable") is True
    items = schema.get("items")
    if isinstance(value, list | tuple) and isinstance(items, dict) and not all(type_fits(v, items) for v in value):
        return False
    for key in CHOICES:
        if schema.get(key) and not any(type_fits(value, branch) for branch in schema[key]):
            return False
    return all(type_fits(value, branch) for branch in schema.get("allOf") or ())


def type_words(schema: dict[str, Any]) -> str:
    """The declared type for a person: "integer", "string or null", "any"."""
    kind = schema.get("type")
    if kind is not None:
        return kind if isinstance(kind, str) else " or ".join(kind)
    words = [type_words(branch) for key in BRANCHES for branch in schema.get(key) or ()]
    return " or ".join(dict.fromkeys(words)) or ANY


def check_schema(place: str, schema: Any, depth: int = 0) -> None:
    """Raises ExampleError where a schema is none that can be read: an unknown type, branches that are no list."""
    if not isinstance(schema, dict) or depth > MAX_DEPTH:
        raise ExampleError(f"{place}: {_short(schema)} is no schema")
    kind = schema.get("type", ANY)
    for name in kind if isinstance(kind, list) else [kind]:
        if not isinstance(name, str) or (name not in KINDS and name != ANY):
            raise ExampleError(f"{place}: unknown type {_short(name)}")
    if isinstance(schema.get("items"), dict):
        check_schema(f"{place}[]", schema["items"], depth + 1)
    for key in BRANCHES:
        branches = schema.get(key) or ()
        if not isinstance(branches, Sequence) or isinstance(branches, str):
            raise ExampleError(f"{place}: {key} is no list of schemas")
        for branch in branches:
            check_schema(place, branch, depth + 1)


def _short(value: Any) -> str:
    return repr(value)[:100]
