"""The user's own examples: JSON lines with OpenAI `tools` and `messages`, and the right calls as `gold`.

A line: {"id", "tools": [{"type": "function", "function": {name, description, parameters}}], "messages":
[{role, content}], "gold": [{"name", "arguments": {name: value}}], "category"?}. An argument's value may be given as
{"any_of": [values]} where several are right. Every bad row is found before any is used.
"""

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sparring.records import Example
from sparring.storage import InputError, first_fault, read_lines

REQUIRED = ("id", "tools", "messages", "gold")


def load_jsonl(path: Path) -> list[Example]:
    """All rows of a file.

    Raises:
        InputError: A row is bad; names the first by line and field and says how many there are.
    """
    examples, faults = _read(path)
    if faults:
        more = f" (and {len(faults) - 1} more bad rows)" if len(faults) > 1 else ""
        raise InputError(faults[0] + more)
    if not examples:
        raise InputError(f"{path}: no rows")
    return examples


def validate_jsonl(path: Path) -> list[str]:
    """One line a bad row: file, line, field, reason. Empty where all rows are good."""
    return _read(path)[1]


def _read(path: Path) -> tuple[list[Example], list[str]]:
    examples, faults = [], []
    seen: dict[str, int] = {}
    for number, line in enumerate(read_lines(path), start=1):
        if not line.strip():
            continue
        try:
            example = _example(json.loads(line))
            if example.id in seen:
                raise InputError(f"id: {example.id!r} stands on line {seen[example.id]} already")
            seen[example.id] = number
            examples.append(example)
        except json.JSONDecodeError as error:
            faults.append(f"{path}:{number}: not JSON: {error.msg} at column {error.colno}")
        except ValidationError as error:
            faults.append(f"{path}:{number}: {first_fault(error)}")
        except InputError as error:
            faults.append(f"{path}:{number}: {error}")
    return examples, faults


def _example(row: Any) -> Example:
    if not isinstance(row, dict):
        raise InputError("record: expected an object")
    for field in REQUIRED:
        if field not in row:
            raise InputError(f"{field}: missing")
        if field != "id" and not isinstance(row[field], list):
            raise InputError(f"{field}: expected a list")
    tools = [_tool(tool, f"tools.{i}") for i, tool in enumerate(row["tools"])]
    names = {tool["name"] for tool in tools}
    gold = [_gold(call, f"gold.{i}", names) for i, call in enumerate(row["gold"])]
    return Example.model_validate(
        {
            "id": str(row["id"]),
            "source": "jsonl",
            "category": row.get("category") or _category(len(tools), len(gold)),
            "tools": tools,
            "messages": row["messages"],
            "gold": gold,
        }
    )


def _tool(tool: Any, field: str) -> dict[str, Any]:
    function = tool.get("function", tool) if isinstance(tool, dict) else None
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        raise InputError(f"{field}.function.name: missing")
    schema = function.get("parameters") or {"type": "object", "properties": {}}
    if not isinstance(schema, dict) or not isinstance(schema.get("properties", {}), dict):
        raise InputError(f"{field}.function.parameters: expected a JSON schema")
    return {"name": function["name"], "description": function.get("description") or "", "parameters": _dialect(schema)}


def _dialect(schema: dict[str, Any]) -> dict[str, Any]:
    """JSON schema's type names as BFCL's: object is dict, number is float."""
    renamed = {"object": "dict", "number": "float"}
    changed: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "type" and isinstance(value, str):
            changed[key] = renamed.get(value, value)
        elif key == "properties" and isinstance(value, dict):
            changed[key] = {name: _dialect(inner) for name, inner in value.items() if isinstance(inner, dict)}
        elif key == "items" and isinstance(value, dict):
            changed[key] = _dialect(value)
        else:
            changed[key] = value
    return changed


def _gold(call: Any, field: str, names: set[str]) -> dict[str, Any]:
    if not isinstance(call, dict) or not isinstance(call.get("arguments"), dict):
        raise InputError(f"{field}.arguments: expected an object")
    if call.get("name") not in names:
        raise InputError(f"{field}.name: {call.get('name')!r} is none of the row's tools")
    accepted = {
        name: value["any_of"] if isinstance(value, dict) and set(value) == {"any_of"} else [_nested(value)]
        for name, value in call["arguments"].items()
    }
    return {"name": call["name"], "arguments": accepted}


def _nested(value: Any) -> Any:
    """A plain value in the form of BFCL's gold, where dicts hold lists of accepted values."""
    if isinstance(value, dict):
        return {key: [_nested(inner)] for key, inner in value.items()}
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return [_nested(item) for item in value]
    return value


def _category(num_tools: int, num_calls: int) -> str:
    """BFCL's name for rows of this shape."""
    if num_calls == 0:
        return "irrelevance"
    if num_calls > 1:
        return "parallel_multiple" if num_tools > 1 else "parallel"
    return "multiple" if num_tools > 1 else "simple"
