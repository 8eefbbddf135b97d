"""Public function-calling data sets of the hub, by name: xLAM-function-calling-60k, ToolACE, hermes-function-calling-v1.

Each row becomes an example or is left out: what has no user query, several turns or a call of no shown tool proves
nothing. `data.path` names a file or folder of the same form where there is no internet.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from datasets import load_dataset
from datasets.exceptions import DatasetNotFoundError
from pydantic import ValidationError

from sparring.checker import ParseError, decode_python
from sparring.checker.json_text import decode_tool_calls
from sparring.records import Example
from sparring.storage import InputError
from sparring.terminal import say

Row = Mapping[str, Any]
TYPES = {
    "str": "string", "string": "string", "int": "integer", "integer": "integer", "float": "float", "number": "float", "bool": "boolean",
    "boolean": "boolean", "list": "array", "array": "array", "dict": "dict", "object": "dict", "tuple": "tuple", "set": "array", "any": "any",
}  # fmt: skip


def xlam(row: Row) -> dict[str, Any] | None:
    """A row of Salesforce/xlam-function-calling-60k: query, answers and tools, the last two as JSON text."""
    tools = [_xlam_tool(tool) for tool in json.loads(row["tools"])]
    calls = [(call["name"], call["arguments"]) for call in json.loads(row["answers"])]
    return _row(str(row["id"]), "xlam", tools, str(row["query"]), calls)


def _xlam_tool(tool: Row) -> dict[str, Any]:
    """Parameters stand by name without a schema around them; "str, optional" says that one may be left out."""
    properties: dict[str, Any] = {}
    required = []
    for name, given in tool.get("parameters", {}).items():
        kind = str(given.get("type", "any"))
        properties[name] = _typed(kind) | {"description": given.get("description", "")}
        if "default" in given:
            properties[name]["default"] = given["default"]
        if "optional" not in kind and given.get("default", "") == "":
            required.append(name)
    schema = {"type": "dict", "properties": properties, "required": required}
    return {"name": tool["name"], "description": tool.get("description", ""), "parameters": schema}


def _typed(kind: str) -> dict[str, Any]:
    """BFCL's type of a Python type's name: List[int] is an array of integers."""
    match = re.match(r"\s*(\w+)(?:\[(.*)\])?", kind)
    name = TYPES.get(match.group(1).lower(), "any") if match else "any"
    if name in {"array", "tuple"}:
        inner = match.group(2) if match else None
        return {"type": name, "items": _typed(inner.split(",")[0]) if inner else {"type": "any"}}
    return {"type": name}


def toolace(row: Row) -> dict[str, Any] | None:
    """A row of Team-ACE/ToolACE: tools as JSON inside the system text, Python calls as the first answer."""
    found = re.search(r"\[\s*\{.*\}\s*\]", str(row["system"]), re.DOTALL)
    turns = row["conversations"]
    if found is None or len(turns) < 2 or turns[0]["from"] != "user":
        return None
    tools = [_schema_tool(tool) for tool in json.loads(found.group())]
    try:
        calls = decode_python(_plain_names(str(turns[1]["value"]), tools), strict=True)
    except ParseError:
        return None  # the answer is prose: a question back, or the end of a longer talk
    names = {_plain(tool["name"]): tool["name"] for tool in tools}
    own = [(names.get(name, name), arguments) for name, arguments in calls]
    return _row("", "toolace", tools, str(turns[0]["value"]), own)


def _plain(name: str) -> str:
    return re.sub(r"\W", "_", name)


def _plain_names(text: str, tools: list[dict[str, Any]]) -> str:
    """The calls with names that Python can read: ToolACE has blanks and slashes in some."""
    for tool in sorted(tools, key=lambda tool: -len(tool["name"])):
        text = text.replace(f"{tool['name']}(", f"{_plain(tool['name'])}(")
    return text


def hermes(row: Row) -> dict[str, Any] | None:
    """A row of NousResearch/hermes-function-calling-v1: tools as JSON text, <tool_call> blocks as the answer."""
    if not row.get("tools"):
        return None
    tools = [_schema_tool(tool.get("function", tool)) for tool in json.loads(row["tools"])]
    turns = [turn for turn in row["conversations"] if turn["from"] != "system"]
    if len(turns) < 2 or turns[0]["from"] not in {"human", "user"}:
        return None
    calls = decode_tool_calls(str(turns[1]["value"]))
    return _row(str(row.get("id", "")), "hermes", tools, str(turns[0]["value"]), calls) if calls else None


def _schema_tool(tool: Row) -> dict[str, Any]:
    return {
        "name": tool["name"],
        "description": tool.get("description", ""),
        "parameters": _bfcl(tool.get("parameters") or {}),
    }


def _bfcl(schema: Any) -> Any:
    """JSON schema's type names as BFCL's, at every depth; arrays say what they hold."""
    if not isinstance(schema, dict):
        return schema
    changed = {
        key: {name: _bfcl(inner) for name, inner in value.items()}
        if key == "properties" and isinstance(value, dict)
        else _bfcl(value)
        if key == "items"
        else value
        for key, value in schema.items()
    }
    if isinstance(schema.get("type"), str):
        changed["type"] = TYPES.get(schema["type"].lower(), "any")
        if changed["type"] in {"array", "tuple"}:
            changed.setdefault("items", {"type": "any"})
    changed.setdefault("properties", {}) if schema.get("type") in {"object", "dict"} else None
    return changed


def _row(
    row_id: str, source: str, tools: list[dict[str, Any]], query: str, calls: list[tuple[str, Any]]
) -> dict[str, Any] | None:
    known = {tool["name"] for tool in tools}
    if not query.strip() or not tools or any(name not in known or not isinstance(given, dict) for name, given in calls):
        return None
    several, many = len(calls) > 1, len(tools) > 1
    kind = "irrelevance" if not calls else "parallel" if several else "multiple" if many else "simple"
    return {
        "id": row_id,
        "source": source,
        "category": "parallel_multiple" if several and many else kind,
        "tools": tools,
        "messages": [{"role": "user", "content": query}],
        "gold": [{"name": name, "arguments": {key: [value] for key, value in given.items()}} for name, given in calls],
    }


CONVERTERS: dict[str, tuple[str, Callable[[Row], dict[str, Any] | None]]] = {
    "xlam": ("Salesforce/xlam-function-calling-60k", xlam),
    "toolace": ("Team-ACE/ToolACE", toolace),
    "hermes": ("NousResearch/hermes-function-calling-v1", hermes),
}


def load_hub(source: str, path: str | None) -> list[Example]:
    """Examples of a data set by its short name; ids are the source and the row's number.

    Args:
        source: "xlam", "toolace" or "hermes".
        path: A JSON, JSONL or Parquet file of the same form instead of the hub.

    Raises:
        InputError: The data set cannot be had, a row has not its form, or none can be used.
    """
    name, convert = CONVERTERS[source]
    examples, left_out = [], 0
    for number, row in enumerate(_rows(name, path)):
        try:
            made = convert(row)
            if made is None:
                left_out += 1
                continue
            examples.append(Example.model_validate(made | {"id": f"{source}_{number}"}))
        except (KeyError, TypeError, ValueError, ValidationError, SyntaxError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise InputError(f"{path or name}: row {number}: not of {source}'s form: {reason}") from None
    if not examples:
        raise InputError(f"{path or name}: no row can be used")
    say(f"{source}: {len(examples)} examples, {left_out} rows left out (no single-turn call of a shown tool)")
    return examples


def _rows(name: str, path: str | None) -> Any:
    if path is None:
        try:
            return load_dataset(name, split="train")
        except (DatasetNotFoundError, ConnectionError, OSError, ValueError) as error:
            raise InputError(f"data set {name}: not to be had from the hub: {str(error).splitlines()[0]}") from None
    if not Path(path).exists():
        raise InputError(f"{path}: no such file")
    form = "parquet" if path.endswith(".parquet") else "json"
    try:
        return load_dataset(form, data_files=path, split="train")
    except Exception as error:  # `datasets` wraps a broken file in exceptions of its own, by format
        raise InputError(f"{path}: not readable as {form}: {str(error).splitlines()[0]}") from None
