"""The schemas inside a schema that was read: each with its place, or each changed."""

from collections.abc import Callable, Iterator
from typing import Any

from sparring.schemas.json_schema import IN_LISTS, IN_NAMES, SINGLE, Schema


def parts(schema: Schema, place: str) -> Iterator[tuple[str, Schema]]:
    """A schema and all inside it, each with its place, from outside in."""
    yield place, schema
    for key, value in schema.items():
        if key in SINGLE and isinstance(value, dict):
            yield from parts(value, f"{place}.{key}")
        elif key in IN_LISTS or key in IN_NAMES:
            named = value.items() if isinstance(value, dict) else enumerate(value)
            for name, inner in named:
                yield from parts(inner, f"{place}.{key}.{name}")


def mapped(schema: Schema, change: Callable[[Schema], Schema]) -> Schema:
    """The schema with `change` done to all inside it and then to itself."""

    def inner(key: str, value: Any) -> Any:
        if key in SINGLE and isinstance(value, dict):
            return mapped(value, change)
        if key in IN_LISTS:
            return [mapped(one, change) for one in value]
        if key in IN_NAMES:
            return {name: mapped(one, change) for name, one in value.items()}
        return value

    return change({key: inner(key, value) for key, value in schema.items()})
