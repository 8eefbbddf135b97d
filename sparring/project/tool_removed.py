"""Rows on which no call is right, by construction: training rows of several tools without the one that they call for.

The same words want a call in one row and none in the other, so that the list of tools decides. A row is built only
where no tool that is left could serve: the request must be much nearer to the tool that goes, in embedding, that tool
must be unlike the others, and a word of the request must be known to it alone. The one surprise: it loads the encoder.
Why: docs/design.md, "Rows without their tool".
"""

import random
import re
from collections.abc import Mapping, Sequence

from sparring.gates.meaning import SentenceVectors
from sparring.gates.words import is_content, stem, words
from sparring.project.splits import held_out_keys
from sparring.project.ties import BY_TOOL, Ties
from sparring.records import Example, Tool

CATEGORY = "irrelevance_tool_removed"
SUFFIX = "-tool_removed"
MIN_NEARER = 0.2  # cosine: the request to the tool that goes, less that to the nearest one left
MAX_ALIKE = 0.65  # cosine: the tool that goes and the nearest one left


def rows_without_their_tool(
    splits: Mapping[str, Sequence[Example]], vectors: SentenceVectors, wanted: int, seed: int, ties: Ties = BY_TOOL
) -> list[Example]:
    """Up to `wanted` rows out of the training split, in its order.

    Args:
        splits: All splits; what is held out stays unknown to the rows.
        vectors: Sentence embeddings.
        wanted: Rows at most; they are drawn by the seed.
        seed: Decides which.
        ties: What the splits keep together.
    """
    several = [row for row in splits["train"] if len(row.tools) > 1 and len(row.gold) == 1]
    known = held_out_keys(splits, ties)
    chosen: set[str] = set()
    for row in random.Random(f"{seed}-tool_removed").sample(several, len(several)):
        if len(chosen) == wanted:
            break
        if not known & set(ties.keys(without_its_tool(row))) and not could_serve(row, vectors):
            chosen.add(row.id)
    return [without_its_tool(row) for row in several if row.id in chosen]


def without_its_tool(row: Example) -> Example:
    """The row without the tool that its gold calls: no call is right."""
    left = [tool for tool in row.tools if tool.name != row.gold[0].name]
    return row.model_copy(update={"id": f"{row.id}{SUFFIX}", "category": CATEGORY, "tools": left, "gold": []})


def could_serve(row: Example, vectors: SentenceVectors) -> bool:
    """Whether a tool that is left might do what the row asks for, or nearly: then nobody knows that none should."""
    right = next(tool for tool in row.tools if tool.name == row.gold[0].name)
    left = [tool for tool in row.tools if tool.name != right.name]
    about = {tool.name: _stems(_text(tool)) for tool in row.tools}
    if all(word in {w for tool in left for w in about[tool.name]} for word in _stems(row.query) & about[right.name]):
        return True
    query, gone, *others = vectors.embed([row.query, _said(right), *(_said(tool) for tool in left)])
    nearest = max(float(query @ other) for other in others)
    alike = max(float(gone @ other) for other in others)
    return float(query @ gone) - nearest < MIN_NEARER or alike > MAX_ALIKE


def _said(tool: Tool) -> str:
    return f"{_spaced(tool.name)}. {tool.description}"


def _text(tool: Tool) -> str:
    return " ".join([_said(tool), *map(_spaced, tool.parameters.get("properties", {}))])


def _spaced(name: str) -> str:
    return re.sub(r"[._]|(?<=[a-z0-9])(?=[A-Z])", " ", name)


def _stems(text: str) -> set[str]:
    return {stem(word) for word in words(text) if is_content(word)}
