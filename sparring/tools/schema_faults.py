"""What is wrong with a schema that could be read: by the library `jsonschema`, and by what tests of tools need.

Nothing of a schema is run: expressions are read (`sparring.tools.patterns`), formats are not asked.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from sparring.schemas.conformance import misfit
from sparring.schemas.json_schema import ANNOTATIONS, Schema
from sparring.tools.limits import check_bounds
from sparring.tools.names import LAWFUL_ARGUMENT
from sparring.tools.parts import parts
from sparring.tools.patterns import pattern_fault
from sparring.visible_text import shorten

MAX_SHOWN = 160
BOUNDS = (
    ("minimum", "maximum"),
    ("exclusiveMinimum", "exclusiveMaximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
)
META = Draft202012Validator(Draft202012Validator.META_SCHEMA)


class Fault(NamedTuple):
    """A fault by its place; a serious one leaves no call of the tool that is certainly valid."""

    field: str
    reason: str
    serious: bool


def schema_faults(schema: Schema, place: str) -> Iterator[Fault]:
    """The faults of a tool's parameters, once they were read.

    Raises:
        SchemaError: The schema is too large, or holds what JSON cannot keep.
    """
    check_bounds(schema, place)
    broken = best_match(META.iter_errors(schema))
    if broken is not None:
        where = ".".join([place, *(str(step) for step in broken.absolute_path)])
        yield Fault(where, f"no JSON schema: {shorten(broken.message, MAX_SHOWN)}", True)
        return
    for where, part in parts(schema, place):
        yield from _of_part(part, where)
    for name in schema["properties"]:
        if not LAWFUL_ARGUMENT.fullmatch(name):
            yield Fault(f"{place}.properties.{name}", "some APIs refuse an argument of this name", False)


def _of_part(part: Schema, where: str) -> Iterator[Fault]:
    for key, pattern in _patterns(part):
        if (reason := pattern_fault(pattern)) is not None:
            yield Fault(f"{where}.{key}", reason, True)
    for least, most in BOUNDS:
        if part.get(least, 0) > part.get(most, float("inf")):
            yield Fault(f"{where}.{least}", f"{part[least]} is more than {most} {part.get(most)}", True)
    for name in part.get("required", ()):
        if part.get("additionalProperties") is False and name not in part.get("properties", {}):
            yield Fault(f"{where}.required", f"{name!r} is required, and no property", True)
    yield from _of_values(part, where)
    for name, inner in part.get("properties", {}).items():
        if not inner.keys() - ANNOTATIONS - {"nullable"}:
            yield Fault(f"{where}.properties.{name}", "no type: any value fits", False)


def _of_values(part: Schema, where: str) -> Iterator[Fault]:
    """Values that a schema gives and does not admit itself."""
    around = {key: value for key, value in part.items() if key != "enum"}
    listed = part.get("enum", ())
    unfit = [value for value in listed if misfit(value, around) is not None]
    if unfit:
        yield Fault(f"{where}.enum", f"{_shown(unfit[0])} does not fit its own schema", len(unfit) == len(listed))
    if "const" in part and misfit(part["const"], part) is not None:
        yield Fault(f"{where}.const", f"{_shown(part['const'])} does not fit its own schema", True)
    if part.get("default") is not None and (reason := misfit(part["default"], part)) is not None:
        yield Fault(f"{where}.default", f"does not fit its own schema: {reason}", False)


def _patterns(part: Schema) -> Iterator[tuple[str, str]]:
    if isinstance(part.get("pattern"), str):
        yield "pattern", part["pattern"]
    for pattern in part.get("patternProperties", {}):
        yield "patternProperties", pattern


def _shown(value: Any) -> str:
    return shorten(repr(value), MAX_SHOWN)
