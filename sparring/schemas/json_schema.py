"""A tool's parameters as other people write them, read once: JSON Schema that needs no look-up and has one spelling.

References are resolved, inside the schema alone: nothing is fetched. Types get JSON Schema's names, `required` is a
list of names, and what is malformed is named by its field. Everything else stays as it was, so that targets see it.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sparring.errors import InputError
from sparring.schemas.references import Addresses, pointed_at
from sparring.schemas.type_names import schema_of_type, union

MAX_DEPTH = 40
MAX_SCHEMAS = 5_000
DEFINITIONS = ("$defs", "definitions")
DROPPED = frozenset({*DEFINITIONS, "$schema", "$id", "$anchor", "$dynamicAnchor", "$vocabulary", "$comment"})
REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
ANNOTATIONS = frozenset({"description", "title", "default", "examples", "example", "deprecated"})
IN_LISTS = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})
IN_NAMES = frozenset({"properties", "patternProperties", "dependentSchemas"})
SINGLE = frozenset(
    "items additionalProperties additionalItems unevaluatedItems unevaluatedProperties not if then else contains "
    "propertyNames".split()
)

Schema = dict[str, Any]


class SchemaError(InputError):
    """A schema that cannot be read.

    Attributes:
        field: The place in it.
        reason: What is wrong there.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class Unfolded(NamedTuple):
    """A schema that was read, and the places where it held itself: there it is shown by its type alone."""

    schema: Schema
    cut: tuple[str, ...]


def read_parameters(given: Any, field: str, unknown_types: bool = False) -> Schema:
    """The schema of a tool's parameters: an object whose `properties` are schemas by name.

    Args:
        given: The schema; None and an empty list say that there are no parameters.
        field: Its place in the row, for errors.
        unknown_types: Take a type that nobody knows for any type, instead of refusing it.

    Raises:
        SchemaError: It is no schema, holds a reference that leads nowhere, or unfolds too far.
    """
    return unfolded_parameters(given, field, unknown_types).schema


def unfolded_parameters(
    given: Any, field: str, unknown_types: bool = False, within: Addresses | None = None
) -> Unfolded:
    """What `read_parameters` reads, and where it was cut.

    Args:
        given: The schema.
        field: Its place.
        unknown_types: Take a type that nobody knows for any type.
        within: The addresses of the document that references lead into, where that is not the schema itself.
    """
    if given is None or given == []:
        given = {}
    if not isinstance(given, dict):
        raise SchemaError(field, f"expected a JSON schema, not {_short(given)}")
    reader = _SchemaReader(given if within is None else within, unknown_types)
    made = reader.read(given, field, (), 0)
    if "object" not in made.get("type", "object"):
        raise SchemaError(f"{field}.type", f"parameters are an object, not {_short(made['type'])}")
    return Unfolded(_gathered(made) | {"type": "object"}, tuple(reader.cut))


def _gathered(schema: Schema) -> Schema:
    """An object whose `properties` are all that it or its branches name; those of `allOf` are required as well."""
    properties = dict(schema.get("properties", {}))
    required = list(schema.get("required", ()))
    for key in ("allOf", "anyOf", "oneOf"):
        for branch in schema.get(key, ()):
            inner = _gathered(branch)
            properties = inner["properties"] | properties
            required += inner.get("required", ()) if key == "allOf" else ()
    made = {key: value for key, value in schema.items() if key != "allOf"} | {"properties": properties}
    return made | ({"required": list(dict.fromkeys(required))} if "required" in schema or required else {})


class _SchemaReader:
    """Reads one tool's schema; counts what it unfolds."""

    def __init__(self, root: Schema | Addresses, unknown_types: bool) -> None:
        self.addresses = root if isinstance(root, Addresses) else Addresses(root)
        self.cut: list[str] = []
        self.around: list[Schema] = []  # from the root to what is read now, along the references
        self.unknown_types = unknown_types
        self.num_schemas = 0

    def read(self, given: Any, field: str, followed: tuple[int, ...], depth: int) -> Schema:
        """A schema in one spelling.

        Args:
            given: The schema as it came.
            field: Its place.
            followed: The targets of the references that led here, by identity.
            depth: How deep it lies.
        """
        self.num_schemas += 1
        if depth > MAX_DEPTH or self.num_schemas > MAX_SCHEMAS:
            raise SchemaError(field, f"the schema unfolds to more than {MAX_SCHEMAS} parts or {MAX_DEPTH} levels")
        if isinstance(given, bool):
            return {} if given else {"not": {}}
        if not isinstance(given, dict):
            raise SchemaError(field, f"expected a JSON schema, not {_short(given)}")
        self.around.append(given)
        made = self._read(given, field, followed, depth)
        self.around.pop()
        return made

    def _read(self, given: Schema, field: str, followed: tuple[int, ...], depth: int) -> Schema:
        made: Schema = {}
        required: list[str] = []
        for key, value in given.items():
            place = f"{field}.{key}"

            def inner(schema: Any, name: object, place: str = place) -> Schema:
                return self.read(schema, f"{place}.{name}" if name != "" else place, followed, depth + 1)

            if key == "type":
                made = made | {name: part for name, part in self._typed(value, place).items() if name not in made}
            elif key == "required":
                required += [] if value is None or isinstance(value, bool) else _names(value, place)
            elif key == "enum":
                made |= {key: _list(value, place)} if value else {}
            elif key in IN_LISTS or (key == "items" and isinstance(value, list)):
                name = "prefixItems" if key == "items" else key
                made |= {name: [inner(one, number) for number, one in enumerate(_list(value, place))]} if value else {}
            elif key in IN_NAMES:
                made[key] = {name: inner(schema, name) for name, schema in _by_name(value, place).items()}
                required += _required_of_themselves(value) if key == "properties" else []
            elif key in SINGLE:
                behind_list = key == "additionalItems" and isinstance(given.get("items"), list)
                name = "items" if behind_list else key
                made |= {name: value if isinstance(value, bool) else inner(value, "")} if value is not None else {}
            elif key not in DROPPED and not (key == "description" and value is None):
                made[key] = value
        made |= (
            {"required": list(dict.fromkeys(required))} if required or isinstance(given.get("required"), list) else {}
        )
        return self._joined(given, made, field, followed, depth)

    def _joined(self, given: Schema, made: Schema, field: str, followed: tuple[int, ...], depth: int) -> Schema:
        """The schema with what it refers to; `allOf` of one schema is such a reference."""
        for key in REFERENCES:
            if key in given:
                made.pop(key)
                made = _merged(self._referenced(given, key, f"{field}.{key}", followed, depth), made)
        if len(made.get("allOf", ())) == 1:
            (only,) = made.pop("allOf")
            return _merged(only, made)
        return made

    def _typed(self, value: Any, place: str) -> Schema:
        """The schema that a type's name, or a list of them, stands for."""
        found = []
        for number, name in enumerate(value if isinstance(value, list) else [value]):
            schema = schema_of_type(name) if isinstance(name, str) else None
            if schema is None and not (self.unknown_types and isinstance(name, str)):
                where = f"{place}.{number}" if isinstance(value, list) else place
                raise SchemaError(where, f"unknown type {_short(name)}")
            found.append(schema or {})
        return union(found) if found else {}

    def _referenced(self, holder: Schema, key: str, place: str, followed: tuple[int, ...], depth: int) -> Schema:
        reference = holder[key]
        target = self.addresses.target(holder, reference)
        if target is None:  # tool documents hold schemas that were written as roots of their own
            inside_out = (pointed_at(schema, reference) for schema in reversed(self.around))
            target = next((found for found in inside_out if found is not None), None)
        if target is None:
            inside = not isinstance(reference, str) or reference.startswith("#")
            where = "leads to nothing in this schema" if inside else "leads to another document, which is not fetched"
            raise SchemaError(place, f"{_short(reference)} {where}")
        if id(target) in followed:  # it holds itself: the second time it is shown by its type alone
            self.cut.append(place)
            kind = target.get("type") if isinstance(target, dict) else None
            return self._typed(kind, place) if kind is not None else {}
        return self.read(target, place, (*followed, id(target)), depth + 1)


def _merged(target: Schema, beside: Schema) -> Schema:
    """A schema and what stands beside its reference: remarks replace its own, conditions hold as well."""
    if not (target.keys() & beside.keys()) - ANNOTATIONS:
        return target | beside
    return {key: beside[key] for key in beside if key in ANNOTATIONS} | {"allOf": [target, beside]}


def _by_name(value: Any, place: str) -> Mapping[str, Any]:
    """Schemas by name; none where nothing, or an empty list, is given."""
    if value is None or value == []:
        return {}
    if not isinstance(value, dict):
        raise SchemaError(place, f"expected schemas by name, not {_short(value)}")
    return value


def _required_of_themselves(properties: Any) -> list[str]:
    """Names of the properties that say `required: true` of themselves, as JSON Schema once did."""
    return [name for name, schema in (properties or {}).items() if _is_required(schema)]


def _is_required(schema: Any) -> bool:
    return isinstance(schema, dict) and schema.get("required") is True


def _list(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise SchemaError(place, f"expected a list, not {_short(value)}")
    return value


def _names(value: Any, place: str) -> list[str]:
    for number, name in enumerate(_list(value, place)):
        if not isinstance(name, str):
            raise SchemaError(f"{place}.{number}", f"expected a name, not {_short(name)}")
    return list(dict.fromkeys(value))


def _short(value: Any) -> str:
    return repr(value)[:80]
