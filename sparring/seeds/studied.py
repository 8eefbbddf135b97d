"""A tool read for its seeds: what it does, where it takes values, what each is called, and why it may be left out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

from sparring.errors import InputError
from sparring.schemas.json_schema import Schema
from sparring.seeds.deeds import Deed, about, deed_of
from sparring.seeds.phrases import key_of, phrases
from sparring.seeds.pools import Known, enumerated, value_of
from sparring.seeds.shapes import ITEM, Path, Place, places, schema_of
from sparring.seeds.vocabulary import DEED_OF, SHORT_FORMS, Ordinary, name_parts

NAMING = frozenset("id name key slug tag path title number code url".split())
MAX_SAID = 6  # values in one query: a person says no more in a breath
PROBES = 3


@dataclass(frozen=True)
class LeftOut:
    """What no seed is made of, and why.

    Attributes:
        tool: The tool.
        field: The argument, by its keys; empty where it is the whole tool.
        reason: Why.
    """

    tool: str
    field: str
    reason: str

    def __str__(self) -> str:
        """A line for a person."""
        return f"{self.tool}{self.field and f'.{self.field}'}: {self.reason}"


@dataclass(frozen=True)
class Studied:
    """A tool that seeds can be made of.

    Attributes:
        tool: As it was frozen.
        schema: Its parameters without references.
        deed: What it does.
        places: Where it takes values that can be said.
        phrases: What each of them is called.
        optional: Those that a call may leave out, one or several at a time.
        blind: Whether an object may be given of which nothing can be said, such as a filter.
    """

    tool: Mapping[str, Any]
    schema: Schema
    deed: Deed
    places: Mapping[Path, Place]
    phrases: Mapping[Path, str]
    optional: Sequence[Path]
    blind: bool = False

    @property
    def name(self) -> str:
        """The tool's name."""
        return str(self.tool["name"])

    @property
    def needed(self) -> list[Path]:
        """What every call holds."""
        return [path for path, place in self.places.items() if place.needed]

    @property
    def wants_more(self) -> bool:
        """Whether a call that says only what is required asks for nothing: a change or a removal of nothing named."""
        if not self.optional:
            return False
        changes = self.deed.verb is not None and DEED_OF.get(self.deed.verb) == "change"
        return changes or (not self.needed and "<remove>" in self.deed.about)

    def says_which(self, held: Sequence[Path]) -> bool:
        """Whether a call says what shall go or change, where a filter that cannot be said would: else nobody knows."""
        if not self.blind or not self.deed.about & {"<remove>", "<change>"}:
            return True
        return any(key_of(self.phrases[path]) & NAMING for path in held)

    @cached_property
    def about(self) -> frozenset[str]:
        """Stems of what it does by its description's words and its name's."""
        return self.deed.about | about(" ".join(SHORT_FORMS.get(part, part) for part in name_parts(self.name)))


def study(tool: Mapping[str, Any], ordinary: Ordinary, known: Known) -> tuple[Studied | None, list[LeftOut]]:
    """A tool as seeds see it, None where none can be made; and what of it is left out."""
    name = str(tool["name"])
    try:
        schema = schema_of(tool)
    except InputError as error:
        return None, [LeftOut(name, "", str(error))]
    deed = deed_of(tool, ordinary)
    if isinstance(deed, str):
        return None, [LeftOut(name, "", deed)]
    found = places(schema)
    if (key := _key_not_taken(deed, found)) is not None:
        return None, [LeftOut(name, "", f"description: it speaks of {key!r}, which the tool does not take")]
    called = phrases([place for place in found if _in_reach(place)], ordinary)
    faults = {place.path: fault for place in found if (fault := _fault(place, called, name, known))}
    if needed := next((place.path for place in found if place.needed and place.path in faults), None):
        return None, [LeftOut(name, dotted(needed), faults[needed])]
    usable = {place.path: place for place in found if place.path not in faults}
    if (many := sum(place.needed for place in usable.values())) > MAX_SAID:
        return None, [LeftOut(name, "", f"needs {many} values: more than {MAX_SAID} nobody says in one request")]
    optional = [path for path, place in usable.items() if not place.needed]
    said = {path[0] for path in usable}
    if lacking := next((key for key in schema.get("required") or () if key not in said), None):
        return None, [LeftOut(name, str(lacking), "is required, and no part of it can be said")]
    firsts = {path[0]: path for path in reversed(faults)}.values()
    left = [LeftOut(name, dotted(path), faults[path]) for path in firsts]
    said_names = {path[0] for path in usable}
    blind = any(len(path) > 1 and path[0] not in said_names for path in faults)
    return Studied(tool, schema, deed, usable, {path: called[path] for path in usable}, optional, blind), left


def _key_not_taken(deed: Deed, found: Sequence[Place]) -> str | None:
    """What a deed is done by ("get a queue by id") and no argument is called, or None: such a tool is mixed up."""
    by = re.search(r"\bby (?:the |its |their )?((?:[\w-]+ ){0,2}[\w-]+)$", deed.text)
    if by is None or not found or re.match(r"\w+ing\b|how|what|which|where|default", by[1]):
        return None
    taken = {word for place in found for key in place.path for word in about(" ".join(name_parts(str(key))))}
    taken |= {word for place in found for shape in place.shapes for word in about(str(shape.get("description") or ""))}
    return None if about(by[1]) & taken else by[1]


def dotted(path: Path) -> str:
    """A path as errors show it."""
    return ".".join(str(key) for key in path)


def usable_shapes(place: Place) -> list[Schema]:
    """The alternatives of which a value can be said for that one alone: a number is not where any text may stand."""
    free = [shape for shape in place.shapes if shape.get("type") == "string" and not enumerated(shape)]
    if not free:
        return list(place.shapes)
    told = [shape for shape in place.shapes if shape.get("type") not in {"integer", "number", "boolean"}]
    return [
        shape | {"minItems": max(2, shape.get("minItems") or 0)} if shape.get("type") == "array" else shape
        for shape in told
    ]


def _in_reach(place: Place) -> bool:
    """Whether a place may be said at all: what every call holds, an argument, a value of a value that has such."""
    if place.needed or len(place.path) == 1 or place.within:
        return True
    return len(place.path) == 2 and ITEM not in place.path and bool(place.above[0].get("required"))


def _fault(place: Place, called: Mapping[Path, str], tool: str, known: Known) -> str | None:
    """Why a place is never said, or None."""
    if not _in_reach(place):
        return "lies in an object that may be left out, and that needs nothing: no person says a part of it"
    if not place.shapes:
        return "admits nothing but null, or several kinds of objects of which none is named"
    if any(shape.get("deprecated") for shape in place.shapes):
        return "is deprecated"
    if place.path not in called:
        return "has no name in words, or shares it with another argument"
    shapes = usable_shapes(place)
    probes = (value_of(shape, tool, place.name, known, Random(n)) for shape in shapes for n in range(PROBES))
    if all(value is None for value in probes):
        return f"no value is known that its schema admits ({_kind(place)}); --values names some"
    return None


def _kind(place: Place) -> str:
    shape = place.shapes[0]
    said = [
        str(shape.get("type", "any type")),
        *(f"{key} {shape[key]!r}"[:60] for key in ("format", "pattern") if key in shape),
    ]
    return ", ".join(said)
