"""The proof of a seed: its call is valid by the tool's schema and right by the checker, and its query says every value.

The gates are asked as they are of an attack: the values by themselves are the seed, the query is the rewrite.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from sparring.config import GateParams, RoundTripParams
from sparring.errors import InputError
from sparring.gates import RULES, Facts
from sparring.normalise import grounded
from sparring.normalise.grounding import plain
from sparring.records import Example
from sparring.seeds.shapes import ITEM
from sparring.seeds.studied import Studied
from sparring.seeds.validity import fault_of
from sparring.seeds.wording import Said
from sparring.sources.jsonl import read_row
from sparring.storage import first_fault

PROVING = ("leak", "grounding")
NO_LIMITS = GateParams(
    max_length_ratio=1.0, min_similarity=0.0, min_content_kept=0.0, round_trip=RoundTripParams(model=None, max_drop=1.0)
)  # neither of the two has a threshold


def proved(row: Mapping[str, Any], studied: Studied | None, said: Sequence[Said]) -> Example | str:
    """The row as it is read; the reason where it proves nothing. A row without a call has nobody's arguments.

    Args:
        row: In the jsonl source's form.
        studied: The tool that its gold calls.
        said: What its query says.
    """
    try:
        example = read_row(row)
    except InputError as error:
        return str(error)
    except ValidationError as error:
        return first_fault(error)
    if studied is None or not row["gold"]:
        return example
    arguments = row["gold"][0]["arguments"]
    if (fault := fault_of(studied.tool["parameters"], arguments)) is not None:
        return f"not valid by its schema: {fault}"
    if (
        unsaid := next((value for value in _leaves(arguments) if not grounded(value, example.query)), None)
    ) is not None:
        return f"{unsaid!r} is not said"
    spoken = f" {plain(example.query)} "
    if (key := next((key for key in _keys(arguments, studied) if f" {plain(key)} " not in spoken), None)) is not None:
        return f"the entry {key!r} is not said"
    facts = Facts(example.with_query("; ".join([f"{one.value} {one.text}" for one in said])), example.query)
    found = ((name, RULES[name](facts, NO_LIMITS)) for name in PROVING)
    return next((f"gate {name}: {fault}" for name, fault in found if fault is not None), None) or example


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value


def _keys(arguments: Mapping[str, Any], studied: Studied) -> Iterator[str]:
    """Keys that the query alone gives: those of objects without named properties."""
    for path, place in studied.places.items():
        if any(shape.get("type") == "object" for shape in place.shapes):
            value: Any = arguments
            for key in path:
                value = value[ITEM] if isinstance(value, list) else value.get(key)
                if value is None:
                    break
            yield from value if isinstance(value, dict) else ()
