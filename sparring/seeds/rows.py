"""A seed as a row of the jsonl source, and what is known of it beside: its tool's hash, its kind, what it covers.

A row's id comes from what it says, so that a row that is made again is the same row.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from sparring.seeds.studied import Studied
from sparring.sources.foreign import category_of_shape, load_json, read_foreign_lines
from sparring.storage import write_text
from sparring.tools.frozen import tool_sha256

Row = dict[str, Any]


@dataclass(frozen=True)
class Made:
    """A row with the tool whose request it is; None where no tool serves it."""

    row: Row
    asked: Studied | None


def made_row(
    asked: Studied | None,
    query: str,
    gold: Sequence[Mapping[str, Any]],
    shown: Sequence[Studied],
    rng: Random,
    kind: str,
    covers: str,
) -> Made:
    """A row.

    Args:
        asked: The tool whose request it is.
        query: The request.
        gold: The right calls, as {name, arguments}.
        shown: The tools of the row, in any order.
        rng: Decides their order.
        kind: "call", or why no call is right.
        covers: What it shows of its tool.
    """
    tools = list(shown)
    rng.shuffle(tools)
    row: Row = {
        "tools": [{"type": "function", "function": dict(one.tool)} for one in tools],
        "messages": [{"role": "user", "content": query}],
        "gold": [dict(call) for call in gold],
        "category": category_of_shape(len(tools), len(gold)),
    }
    content = json.dumps(row, sort_keys=True, ensure_ascii=False)
    name = asked.name if asked is not None else "no-tool"
    row_id = f"{name}-{hashlib.sha256(content.encode()).hexdigest()[:10]}"
    about = {
        "tool": None if asked is None else asked.name,
        "tool_sha256": None if asked is None else tool_sha256(dict(asked.tool)),
        "kind": kind,
        "covers": covers,
    }
    return Made({"id": row_id, **row, "metadata": about}, asked)


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Writes rows, one JSON object a line, whole or not at all."""
    write_text(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))


def read_rows(path: Path) -> list[Row]:
    """The rows that `write_rows` wrote. Raises InputError where the file is missing or a line is no JSON."""
    return [load_json(line) for _, line in read_foreign_lines(path)]
