"""What a tool shows of how a value is written: who learns "Boston" under "e.g. Boston, MA" learns to overlook it."""

import re
from typing import Any

from sparring.records import Example, GoldCall

LEAST = 3  # characters of a value that a description shows; shorter ones stand in many a sentence by chance


def as_shown(example: Example) -> Example:
    """The same row; of several right values of an argument the one first that its tool's description shows.

    Where it shows several, the longest: "Boston, MA" says more than "Boston".
    """
    described = {tool.name: tool.parameters.get("properties", {}) for tool in example.tools}
    gold = [
        GoldCall(
            name=call.name,
            arguments={
                name: _ordered(values, _description(described.get(call.name, {}), name))
                for name, values in call.arguments.items()
            },
        )
        for call in example.gold
    ]
    return example.model_copy(update={"gold": gold}) if gold != example.gold else example


def _description(properties: Any, name: str) -> str:
    schema = properties.get(name) if isinstance(properties, dict) else None
    return str(schema.get("description", "")) if isinstance(schema, dict) else ""


def _ordered(accepted: list[Any], description: str) -> list[Any]:
    shown = [value for value in accepted if isinstance(value, str) and _shows(description, value)]
    if not shown:
        return accepted
    first = max(shown, key=len)
    return [first, *(value for value in accepted if value != first)]


def _shows(description: str, value: str) -> bool:
    """Whether the description has the value, whole and in its own letters."""
    return len(value) >= LEAST and re.search(rf"(?<!\w){re.escape(value)}(?!\w)", description) is not None
