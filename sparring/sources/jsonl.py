"""The user's own examples: JSON lines with OpenAI `tools` and `messages`, and the right calls as `gold`.

A line: {"id", "tools": [{"type": "function", "function": {name, description, parameters}}], "messages":
[{role, content}], "gold": [{"name", "arguments": {name: value}}], "category"?}. An argument's value may be given as
{"any_of": [values]} where several are right; "" among them says that the argument may be left out. Every bad row is
found, named and left out; the others are used.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sparring.checker import check_calls
from sparring.errors import InputError
from sparring.gold import OMITTED, accepted_values, gold_calls
from sparring.records import Example
from sparring.schemas.conformance import misfit
from sparring.sources.foreign import (
    LONGEST_REASON,
    Loaded,
    category_of_shape,
    list_at,
    load_json,
    read_foreign_lines,
    text_at,
)
from sparring.sources.tool_forms import named_function, read_call, read_tools, tools_at
from sparring.sources.turns import read_turns
from sparring.storage import first_fault
from sparring.visible_text import shorten

REQUIRED = ("id", "tools", "messages", "gold")
BFCL_KEYS = {"question": "messages", "function": "tools", "ground_truth": "gold"}
ANY_OF = {"any_of"}


def load_jsonl(path: Path) -> list[Example]:
    """The rows of a file that can be used; says how many are not.

    Raises:
        InputError: No row can be used, or the file is missing.
    """
    return read_jsonl_rows(path).announce(str(path)).examples


def validate_jsonl(path: Path) -> list[str]:
    """One line a bad row: file, line, field, reason. Empty where all rows are good."""
    return [f"{place}: {reason}" for place, reason in read_jsonl_rows(path).rejected.items()]


def read_jsonl_rows(path: Path) -> Loaded:
    """All rows of a file: those that can be used, and the others by file and line."""
    examples: list[Example] = []
    rejected: dict[str, str] = {}
    seen: dict[str, int] = {}
    for number, line in read_foreign_lines(path):
        try:
            example = read_row(load_json(line))
            if example.id in seen:
                raise InputError(f"id: {example.id!r} stands on line {seen[example.id]} already")
            seen[example.id] = number
            examples.append(example)
        except ValidationError as error:
            rejected[f"{path}:{number}"] = first_fault(error)
        except InputError as error:
            rejected[f"{path}:{number}"] = shorten(str(error), LONGEST_REASON)
    return Loaded(examples, rejected)


def read_row(row: Any) -> Example:
    """One row as it is used. Raises InputError where it cannot be, naming the field, or ValidationError."""
    if not isinstance(row, dict):
        raise InputError("record: expected an object")
    _refuse_bfcl(row)
    for field in REQUIRED:
        if field not in row:
            raise InputError(f"{field}: missing")
    if not isinstance(row["id"], str | int) or isinstance(row["id"], bool):
        raise InputError("id: expected text or a number")
    tools = read_tools(tools_at(row))
    schemas = {tool["name"]: tool["parameters"] for tool in tools}
    gold = [_gold(call, f"gold.{number}", schemas) for number, call in enumerate(list_at(row, "gold"))]
    example = Example.model_validate(
        {
            "id": str(row["id"]),
            "source": "jsonl",
            "category": text_at(row, "category") or category_of_shape(len(tools), len(gold)),
            "tools": tools,
            "messages": read_turns(list_at(row, "messages")),
            "gold": gold,
        }
    )
    if not any(message.role == "user" for message in example.messages):
        raise InputError("messages: none is the user's")
    verdict = check_calls(example, gold_calls(example)) if example.gold else None
    if verdict is not None and not verdict.correct:
        raise InputError(f"gold: {verdict.example_error or verdict.detail}")
    return example


def _refuse_bfcl(row: Mapping[str, Any]) -> None:
    """Raises InputError for a row in BFCL's own form, and says what to do with it."""
    if found := next((key for key in BFCL_KEYS if key in row and BFCL_KEYS[key] not in row), None):
        raise InputError(
            f"{found}: a row in BFCL's form, which is not read here: write its `question` as `messages`, its "
            "`function` as `tools` and its `ground_truth` as `gold`; BFCL's own categories need no file (data.source: "
            "bfcl, `sparring flow suite`)"
        )


def _gold(call: Any, place: str, schemas: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(call, dict) and len(call) == 1 and (key := next(iter(call))) in schemas:
        form = f'{{"name": {json.dumps(key)}, "arguments": {{...}}}}'
        raise InputError(
            f"{place}: an answer in BFCL's form; write {form}, several right values of an argument as "
            '{"any_of": [...]}'
        )
    name, _, inside = named_function(call, place)
    if name not in schemas:
        raise InputError(f"{inside}.name: {name!r} is none of the row's tools")
    _, arguments = read_call(call, place)
    accepted = {key: _accepted(value, f"{inside}.arguments.{key}") for key, value in arguments.items()}
    properties = schemas[name]["properties"]
    for key, value in arguments.items():
        for plain in _plain_values(value):
            fault = misfit(plain, properties[key]) if key in properties else None
            if fault is not None:
                listed = isinstance(plain, list) and "is not of type" in fault
                hint = '; several right values are written {"any_of": [...]}' if listed else ""
                raise InputError(f"{inside}.arguments.{key}: {fault}{hint}")
    return {"name": name, "arguments": accepted}


def _accepted(value: Any, place: str) -> list[Any]:
    """The entry of the answer key for a value, or for any of several."""
    if not isinstance(value, dict) or set(value) != ANY_OF:
        return accepted_values(value)
    if not isinstance(value["any_of"], list) or not value["any_of"]:
        raise InputError(f"{place}.any_of: expected a list of values")
    return accepted_values(*_plain_values(value)) + [OMITTED] * (OMITTED in value["any_of"])


def _plain_values(value: Any) -> list[Any]:
    """The values that are right; the mark that an argument may be left out is none."""
    if isinstance(value, dict) and set(value) == ANY_OF:
        return [one for one in value["any_of"] if one != OMITTED]
    return [value]
