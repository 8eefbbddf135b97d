"""`tools.json`: a team's tools as they were on the day they were read, with every fault that their source had.

All that is made of tools (seeds, attacks, a report) goes back to this file and its hash. A fault whose tool stands in
`tools` is a remark; one whose tool does not says why it was left out. The file keeps the order of tools and of their
properties, since models see it; the hashes do not depend on it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from sparring.errors import InputError
from sparring.records import Record, Tool
from sparring.storage import read_record, write_text

SCHEMA = 1


class ToolFault(Record):
    """What is wrong with a tool.

    Attributes:
        tool: Its name; where it has none, its place in the source.
        field: The place inside the tool, e.g. "parameters.properties.date.pattern".
        reason: What is wrong there.
    """

    tool: str
    field: str
    reason: str


class Toolbox(Record):
    """The tools of one source.

    Attributes:
        source: What was read, as a person named it.
        kind: How it was read: "mcp", "openapi", "python" or "json".
        sha256: Hash of all tools, sorted by name.
        tools: Each `{"name", "description", "parameters"}`; the parameters are an object's schema (2020-12).
        faults: What is wrong with these, and with those that were left out.
        originals: What the source calls a tool or an argument ("tool.argument"), where APIs refuse its name.
    """

    source: str
    kind: str
    sha256: str
    tools: tuple[dict[str, Any], ...]
    faults: tuple[ToolFault, ...] = ()
    originals: dict[str, str] = Field(default={}, exclude_if=lambda names: not names)

    @field_validator("tools")
    @classmethod
    def _are_tools(cls, tools: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
        seen: set[str] = set()
        for tool in tools:
            name = Tool.model_validate(tool).name
            if tool["parameters"].get("type") != "object":
                raise ValueError(f"{name!r} has parameters that are no object's")
            if name in seen:
                raise ValueError(f"{name!r} stands twice")
            seen.add(name)
        return tools

    @property
    def left_out(self) -> tuple[ToolFault, ...]:
        """The faults for which a tool is not among the tools."""
        names = {tool["name"] for tool in self.tools}
        return tuple(fault for fault in self.faults if fault.tool not in names)


class _File(Toolbox):
    """A toolbox as its file has it."""

    form: Literal[1] = Field(alias="schema")


def freeze(
    source: str,
    kind: str,
    tools: Sequence[dict[str, Any]],
    faults: Iterable[ToolFault] = (),
    originals: Mapping[str, str] | None = None,
) -> Toolbox:
    """The toolbox of tools that were read."""
    return Toolbox(
        source=source,
        kind=kind,
        sha256=toolbox_sha256(tools),
        tools=tuple(tools),
        faults=tuple(faults),
        originals=dict(originals or {}),
    )


def tool_sha256(tool: Mapping[str, Any]) -> str:
    """Hash of one tool: of its canonical JSON."""
    return hashlib.sha256(_canonical(tool).encode()).hexdigest()


def toolbox_sha256(tools: Iterable[Mapping[str, Any]]) -> str:
    """Hash of all tools, in whatever order they stand."""
    return hashlib.sha256(_canonical(sorted(tools, key=lambda tool: str(tool["name"]))).encode()).hexdigest()


def write_toolbox(path: Path, toolbox: Toolbox) -> None:
    """Writes `tools.json`, atomically; the same toolbox gives the same bytes."""
    content = {"schema": SCHEMA} | toolbox.model_dump(mode="json")
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def read_toolbox(path: Path) -> Toolbox:
    """Reads `tools.json`.

    Raises:
        InputError: It is missing, broken, or its tools are not those that the hash was taken of; names file and field.
    """
    read = read_record(path, _File)
    if toolbox_sha256(read.tools) != read.sha256:
        raise InputError(f"{path}: sha256: the tools are not those that were frozen: run `sparring tools` again")
    return Toolbox(**{name: getattr(read, name) for name in Toolbox.model_fields})


def tool_changes(before: Toolbox, after: Toolbox) -> dict[str, list[str]]:
    """Names of the tools that are `new`, `changed` and `gone`, each list sorted."""
    old, new = ({tool["name"]: tool_sha256(tool) for tool in toolbox.tools} for toolbox in (before, after))
    return {
        "new": sorted(new.keys() - old.keys()),
        "changed": sorted(name for name in new.keys() & old.keys() if new[name] != old[name]),
        "gone": sorted(old.keys() - new.keys()),
    }


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
