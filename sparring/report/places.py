"""Where a judged request falls in each dimension of the atlas.

The surprise is the strategy: an attack by a program of several operators falls under each of them, so clusters by
strategy overlap; whole programs are nearly all different, and say nothing.
"""

import itertools
import re
from collections.abc import Sequence
from typing import Literal

from sparring.records import Example, Verdict
from sparring.report.rounds import Observation

Dimension = Literal["kind", "category", "argument type", "tool family", "tool", "strategy"]
Key = tuple[str, ...]

FIVE: tuple[Dimension, ...] = ("kind", "category", "argument type", "tool family", "strategy")
DIMENSIONS: tuple[Dimension, ...] = (*FIVE, "tool")
# Category, tools and strategy say how many attacks there were; kind and argument type are known of wrong answers only.
KNOWN_BEFORE: frozenset[Dimension] = frozenset({"category", "tool family", "tool", "strategy"})
# Untouched seeds have no strategy, and the splits share no tool: the clean rate cannot know these two.
KNOWN_OF_CLEAN: frozenset[Dimension] = frozenset({"kind", "category", "argument type", "tool family"})
WHOLE_CALL = "the whole call"
NO_TYPE = "not in the schema"


def place(one: Observation) -> dict[Dimension, str]:
    """Where a scored observation falls in each dimension; kind and argument type only of a wrong answer."""
    tool = one.seed.tool_cluster
    found: dict[Dimension, str] = {
        "category": one.seed.category,
        "tool family": tool_family(tool),
        "tool": tool,
        "strategy": one.trial.attack.strategy,
    }
    if one.trial.success:
        verdict = one.trial.scored[0]
        found["kind"] = str(verdict.failure)
        found["argument type"] = argument_type(one.seed, verdict)
    return found


def places(one: Observation, dimensions: Sequence[Dimension]) -> list[Key]:
    """The cells it falls in, by the given dimensions: one for each operator that acted, where the strategy is asked."""
    found = place(one)
    values = [one.ways if name == "strategy" else [found[name]] for name in dimensions]
    return list(itertools.product(*values))


def tool_family(tool: str) -> str:
    """The namespace of a tool's name, else the first word of it: "math.factorial" is of math, "get_news" of get."""
    first = re.split(r"[._\-/\s]", tool.strip(" ._-/"), maxsplit=1)[0]
    return re.sub(r"(?<=[a-z0-9])[A-Z].*", "", first).lower() or tool


def argument_type(seed: Example, verdict: Verdict) -> str:
    """The schema's type of the argument that is wrong, e.g. "string" or "array of float"."""
    if verdict.argument is None:
        return WHOLE_CALL
    names = [call.name for call in seed.gold]
    if verdict.call is not None and verdict.call < len(names):
        names.insert(0, names[verdict.call])
    tools = {tool.name: tool for tool in seed.tools}
    for name in names:
        properties = tools[name].parameters.get("properties", {}) if name in tools else {}
        schema = properties.get(verdict.argument)
        if isinstance(schema, dict):
            return _type_words(schema)
    return NO_TYPE


def _type_words(schema: dict[str, object]) -> str:
    kind, items = str(schema.get("type", "any")), schema.get("items")
    return f"{kind} of {items.get('type', 'any')}" if isinstance(items, dict) else kind
