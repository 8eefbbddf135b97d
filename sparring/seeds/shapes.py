"""A tool's parameters as places that take a value: nested objects opened, alternatives apart, references resolved.

The one surprise: `null` is no alternative here. An argument that may be null and is not said is left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sparring.schemas.json_schema import Schema, read_parameters

MAX_DEPTH = 4
Path = tuple[str | int, ...]
ITEM = 0  # the one item of a list of objects


@dataclass(frozen=True)
class Place:
    """Where a call holds a value that is no object.

    Attributes:
        path: Keys from the arguments down; the item of a list of objects is 0.
        shapes: The alternatives of its schema, each of one type; none where nothing of it can be said for certain.
        needed: Whether every call holds it.
        within: Whether every call holds the object that it lies in.
        above: The schemas of the objects that it lies in, outermost first, the arguments left out.
    """

    path: Path
    shapes: tuple[Schema, ...]
    needed: bool
    within: bool = True
    above: tuple[Schema, ...] = ()

    @property
    def name(self) -> str:
        """The last key that is a name."""
        return str(next(key for key in reversed(self.path) if isinstance(key, str)))


def schema_of(tool: Mapping[str, Any]) -> Schema:
    """The parameters in one spelling, without references. Raises InputError where they cannot be read."""
    return read_parameters(tool["parameters"], f"{tool['name']}.parameters")


def places(schema: Schema) -> list[Place]:
    """All places of a call's arguments, in the schema's order; those that lie too deep are not among them."""
    return list(_inside(_joined(schema), (), True, ()))


def built(values: Mapping[Path, Any]) -> dict[str, Any]:
    """The arguments that hold these values, and nothing else. The paths are those of `places`."""
    found: dict[str, Any] = {}
    for path, value in values.items():
        _put(found, path, value)
    return found


def with_company(every: Sequence[Place], chosen: set[Path]) -> set[Path]:
    """The chosen places with those that their objects cannot do without, and with what every call holds."""
    held = {place.path for place in every if place.needed} | chosen
    objects = {path[:depth] for path in chosen for depth in range(1, len(path))}
    for place in every:
        inside = next((depth for depth in range(len(place.path) - 1, 0, -1) if place.path[:depth] in objects), None)
        if inside is not None and _needed_within(place, inside):
            held.add(place.path)
    return held


def _needed_within(place: Place, depth: int) -> bool:
    """Whether the object at a depth of its path cannot be without the place."""
    for level in range(depth, len(place.path)):
        key = place.path[level]
        holder = place.above[level - 1] if level else None
        if key != ITEM and holder is not None and key not in (holder.get("required") or ()):
            return False
    return True


def alternatives(schema: Schema) -> list[Schema]:
    """The schemas of one type each that a schema stands for, null left out; empty where only null is admitted."""
    schema = _joined(schema)
    for key in ("anyOf", "oneOf"):
        if key in schema:
            around = {name: value for name, value in schema.items() if name != key}
            return [one for branch in schema[key] for one in alternatives(_beside(around, branch))]
    kind = schema.get("type")
    if isinstance(kind, list):
        return [schema | {"type": one} for one in kind if one != "null"]
    return [] if kind == "null" else [schema]


def _inside(schema: Schema, path: Path, needed: bool, above: tuple[Schema, ...]) -> Iterator[Place]:
    required = set(schema.get("required") or ())
    for name, inner in schema.get("properties", {}).items():
        yield from _at(inner, (*path, name), needed and name in required, needed, above)


def _at(inner: Any, path: Path, needed: bool, within: bool, above: tuple[Schema, ...]) -> Iterator[Place]:
    shapes = alternatives(inner) if isinstance(inner, dict) else []
    opened = next((shape for shape in shapes if shape.get("properties")), None)
    rows = next((shape for shape in shapes if _rows_of(shape) is not None), None)
    if sum(shape.get("type") == "object" or "properties" in shape for shape in shapes) > 1:
        yield Place(path, (), needed, within, above)  # which of several kinds of objects is meant nobody says
    elif opened is not None and opened is shapes[0] and len(path) < MAX_DEPTH:
        yield from _inside(_joined(opened), path, needed, (*above, opened))
    elif rows is not None and rows is shapes[0] and len(path) + 1 < MAX_DEPTH:
        row = _rows_of(rows) or {}
        yield from _inside(_joined(row), (*path, ITEM), needed, (*above, rows, row))
    else:
        yield Place(path, tuple(shapes), needed, within, above)


def _rows_of(shape: Schema) -> Schema | None:
    """The object that a list holds, where it has named properties."""
    items = shape.get("items")
    found = alternatives(items) if isinstance(items, dict) else []
    return found[0] if len(found) == 1 and found[0].get("properties") else None


def _joined(schema: Schema) -> Schema:
    """A schema with what its `allOf` says of it."""
    made = {key: value for key, value in schema.items() if key != "allOf"}
    for branch in schema.get("allOf") or ():
        made = _beside(made, _joined(branch))
    return made


def _beside(one: Schema, other: Schema) -> Schema:
    """Two schemas that both hold."""
    made = {**one, **other}
    if "properties" in one and "properties" in other:
        made["properties"] = {**one["properties"], **other["properties"]}
    if "required" in one and "required" in other:
        made["required"] = list(dict.fromkeys([*one["required"], *other["required"]]))
    if one.get("description"):
        made["description"] = one["description"]
    return made


def _put(found: dict[str, Any], path: Path, value: Any) -> None:
    holder: Any = found
    for key, after in pairwise(path):
        empty: Any = [{}] if after == ITEM else {}
        holder = holder[ITEM] if isinstance(holder, list) else holder.setdefault(key, empty)
    holder[path[-1]] = value
