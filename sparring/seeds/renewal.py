"""Seeds of tools that have changed: rows of the others stay as they are, byte by byte, so that they cost no new answer.

A row belongs to the tool whose request it is, by that tool's hash in its metadata. The one surprise: tools that a row
shows beside stay as they were when it was made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sparring.seeds.rows import Row
from sparring.tools.frozen import Toolbox, tool_sha256


@dataclass(frozen=True)
class Renewed:
    """Seeds after a change.

    Attributes:
        rows: All of them.
        kept: How many were there before.
    """

    rows: Sequence[Row]
    kept: int


def renewed(before: Sequence[Row], fresh: Sequence[Row], toolbox: Toolbox) -> Renewed:
    """The rows before whose tool is as it was, and of the fresh ones those of the other tools."""
    now = {str(tool["name"]): tool_sha256(tool) for tool in toolbox.tools}
    kept = [row for row in before if _is_current(row, now)]
    known = {_tool(row) for row in kept}
    ids = {row["id"] for row in kept}
    return Renewed([*kept, *(row for row in fresh if _tool(row) not in known and row["id"] not in ids)], len(kept))


def _is_current(row: Row, now: Mapping[str, str]) -> bool:
    tool = _tool(row)
    return tool is None or now.get(tool) == row["metadata"].get("tool_sha256")


def _tool(row: Row) -> str | None:
    metadata = row.get("metadata")
    return metadata.get("tool") if isinstance(metadata, dict) else None
