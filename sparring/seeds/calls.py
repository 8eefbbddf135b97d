"""Right calls that cover a tool: each pattern of optional arguments, each enumerated value, each type, more values.

A plan says what a call must show; a draw gives it values. The same tool, plan, draw and seed give the same call.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, permutations
from random import Random
from typing import Any

from sparring.schemas.json_schema import Schema
from sparring.seeds.phrases import key_of
from sparring.seeds.pools import Known, enumerated, value_of
from sparring.seeds.saying import said
from sparring.seeds.shapes import Path, built, with_company
from sparring.seeds.studied import MAX_SAID, Studied, dotted, usable_shapes
from sparring.seeds.vocabulary import name_parts
from sparring.seeds.wording import Said

MAX_OPTIONS = 12
MAX_PAIRS = 15
MAX_TRIES = 8
COUNTING = re.compile(r"\b(?:number|maximum|minimum|total|in|ID|per)\b")
MOMENT = re.compile(r"(?:\d{4}-\d\d-\d\dT)?\d\d:\d\d|\d{4}-\d\d-\d\d$")
RANGES = (("start", "end"), ("min", "max"), ("minimum", "maximum"), ("since", "until"), ("from", "to"),
          ("after", "before"), ("lower", "upper"), ("begin", "end"), ("low", "high"))  # fmt: skip
MANY = re.compile(r"(?<![su])s$")


@dataclass(frozen=True)
class Plan:
    """What a call shows.

    Attributes:
        covers: In words, for the row's metadata.
        chosen: Optional places that it says.
        fixed: Values that it must hold, by place.
        shape: Which alternative of a place's schema, by place.
    """

    covers: str
    chosen: frozenset[Path]
    fixed: Mapping[Path, Any] = field(default_factory=dict)
    shape: Mapping[Path, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Drawn:
    """A right call, and what a query says of it."""

    arguments: dict[str, Any]
    said: list[Said]


def plans(studied: Studied) -> list[Plan]:
    """What is to be shown of a tool, the plainest first."""
    found = [] if studied.wants_more else [Plan("what is required", frozenset())]
    found += [Plan(f"with {dotted(path)}", frozenset((path,))) for path in studied.optional]
    for path, place in studied.places.items():
        chosen = frozenset(() if place.needed else (path,))
        for number, shape in enumerate(usable_shapes(place)):
            if number:
                kind = shape.get("type", "any")
                found.append(Plan(f"{dotted(path)} as {kind}", chosen, shape={path: number}))
            for value in enumerated(shape)[:MAX_OPTIONS]:
                found.append(Plan(f"{dotted(path)} is {value!r}"[:80], chosen, {path: value}, {path: number}))
    pairs = list(combinations(studied.optional, 2))
    Random(studied.name).shuffle(pairs)
    found += [
        Plan(f"with {dotted(one)} and {dotted(other)}", frozenset((one, other))) for one, other in pairs[:MAX_PAIRS]
    ]
    if len(studied.optional) > 2:
        most = studied.optional[: max(2, MAX_SAID - len(studied.needed))]
        found.append(Plan("with many of the optional ones", frozenset(most)))
    return [plan for plan in found if _is_whole(studied, plan)]


def _is_whole(studied: Studied, plan: Plan) -> bool:
    """Whether a plan holds something of all that is required, no more than a person says, each by its own words."""
    held = _held(studied, plan)
    if not studied.says_which(held):
        return False
    if any(key_of(studied.phrases[one]) < key_of(studied.phrases[other]) for one, other in permutations(held, 2)):
        return False  # "name" and "name of the variable": one could be taken for the other
    return len(held) <= MAX_SAID and {path[0] for path in held}.issuperset(studied.schema.get("required") or ())


def draw(studied: Studied, plan: Plan, known: Known, rng: Random) -> Drawn | None:
    """A call by a plan, no value twice in it; None where no draw gives one."""
    for _ in range(MAX_TRIES):
        values: dict[Path, Any] = {}
        shapes: dict[Path, Schema] = {}
        for path in _held(studied, plan):
            shapes[path] = usable_shapes(studied.places[path])[plan.shape.get(path, 0)]
            name = studied.places[path].name
            value = plan.fixed.get(path)
            values[path] = value_of(shapes[path], studied.name, name, known, rng) if value is None else value
        if None not in values.values() and _different(values) and _in_order(values):
            words = [
                Said(_counted(studied.phrases[path], value), said(value, shapes[path], rng), value)
                for path, value in values.items()
            ]
            return Drawn(built(values), words)
    return None


def _counted(phrase: str, value: Any) -> str:
    """The phrase of a whole number of things: "context lines" are counted."""
    last = phrase.rsplit(maxsplit=1)[-1]
    whole = isinstance(value, int) and not isinstance(value, bool)
    many = whole and MANY.search(last) and not COUNTING.search(phrase)
    return f"number of {phrase}" if many else phrase


def _held(studied: Studied, plan: Plan) -> list[Path]:
    """The places that the call holds, in the schema's order."""
    held = with_company(list(studied.places.values()), set(plan.chosen))
    return [path for path in studied.places if path in held]


def _different(values: Mapping[Path, Any]) -> bool:
    """Whether no text or number stands twice in a call: then nobody can take one for the other."""
    flat = [repr(one) for value in values.values() for one in _flat(value) if not isinstance(one, bool)]
    return len(flat) == len(set(flat))


def _in_order(values: dict[Path, Any]) -> bool:
    """Puts ranges in order, start before end; says whether all are: who asks for an empty one asks for nothing."""
    for path, value in list(values.items()):
        for first, last in RANGES:
            other = (*path[:-1], str(path[-1]).replace(first, last))
            if first not in name_parts(str(path[-1])) or other == path or other not in values:
                continue
            if type(value) is not type(values[other]) or not (
                isinstance(value, int | float) or _are_moments(value, values[other])
            ):
                return False
            values[path], values[other] = sorted((value, values[other]))
    return True


def _are_moments(*values: Any) -> bool:
    return all(isinstance(value, str) and MOMENT.match(value) for value in values)


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _flat(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _flat(item)
    else:
        yield value
