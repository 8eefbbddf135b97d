"""Public function-calling data sets of the hub, by name: xLAM-function-calling-60k, ToolACE, hermes-function-calling-v1.

Each row becomes an example or is left out: what has no user query, several turns or a call of no shown tool proves
nothing, and what is faulty is named by row, field and reason. `data.path` names a file of the same form where there is
no internet.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from datasets import load_dataset
from pydantic import ValidationError

from sparring.checker import ParseError
from sparring.checker.json_text import decode_tool_calls
from sparring.errors import InputError
from sparring.records import Example
from sparring.schemas.type_names import is_optional_type
from sparring.sources.foreign import (
    LONGEST_REASON,
    Loaded,
    Row,
    category_of_shape,
    check_kept,
    gold_call,
    list_at,
    load_json,
    read_foreign_lines,
    text_at,
    whole_number,
)
from sparring.sources.hub_faults import HUB_FAULTS, hub_fault
from sparring.sources.tool_forms import named_function, read_call, read_tools
from sparring.sources.toolace_text import looks_like_calls, read_calls
from sparring.storage import first_fault
from sparring.visible_text import shorten

Calls = Sequence[tuple[str, dict[str, Any]]]
TOOL_LIST = re.compile(r"\[\s*\{")


def xlam(row: Row) -> dict[str, Any] | None:
    """A row of Salesforce/xlam-function-calling-60k: query, answers and tools, the last two as JSON text."""
    given = [_xlam_tool(tool, f"tools.{number}") for number, tool in enumerate(list_at(row, "tools"))]
    tools = read_tools(given, unknown_types=True)
    calls = [read_call(call, f"answers.{number}") for number, call in enumerate(list_at(row, "answers"))]
    return _row("xlam", tools, text_at(row, "query"), calls)


def _xlam_tool(tool: Any, place: str) -> Row:
    """Parameters stand by name without a schema around them; a type such as "str, optional" may be left out."""
    _, function, place = named_function(tool, place)
    given = function.get("parameters")
    if not isinstance(given, dict) or _is_schema(given):
        return function
    for name, schema in given.items():
        if not isinstance(schema, dict):
            raise InputError(f"{place}.parameters.{name}: expected a description and a type, not {str(schema)[:80]!r}")
    required = [
        name
        for name, schema in given.items()
        if not is_optional_type(str(schema.get("type", ""))) and schema.get("default", "") == ""
    ]
    return {**function, "parameters": {"type": "object", "properties": given, "required": required}}


def _is_schema(given: Row) -> bool:
    """Whether parameters are a JSON schema; a parameter may itself be called `properties`."""
    properties = given.get("properties")
    return isinstance(properties, dict) and all(isinstance(schema, dict) for schema in properties.values())


def toolace(row: Row) -> dict[str, Any] | None:
    """A row of Team-ACE/ToolACE: tools as JSON inside the system text, calls in its own notation as the answer."""
    query, answer = _first_turns(row, ("user",))
    system = text_at(row, "system")
    found = TOOL_LIST.search(system)
    if found is None or query is None or not looks_like_calls(answer):
        return None  # an answer of prose is a question back, or the end of a longer talk
    tools = read_tools(_list_in(system, found.start()), "system", unknown_types=True)
    try:
        calls = read_calls(answer, [tool["name"] for tool in tools])
    except ParseError as error:
        raise InputError(f"conversations.1.value: {error}") from None
    return _row("toolace", tools, query, calls)


def _list_in(system: str, place: int) -> list[Any]:
    """The JSON list that begins at a place of the system text."""
    try:
        found: list[Any] = json.JSONDecoder(parse_int=whole_number).raw_decode(system, place)[0]
    except (json.JSONDecodeError, RecursionError):
        raise InputError("system: the list of functions is no JSON") from None
    check_kept(found)
    return found


def hermes(row: Row) -> dict[str, Any] | None:
    """A row of NousResearch/hermes-function-calling-v1: tools as JSON text, <tool_call> blocks as the answer."""
    if not row.get("tools"):
        return None
    query, answer = _first_turns(row, ("human", "user"))
    if query is None:
        return None
    try:
        calls = decode_tool_calls(answer)
    except ParseError as error:
        raise InputError(f"conversations: {error}") from None
    return _row("hermes", read_tools(list_at(row, "tools"), unknown_types=True), query, calls) if calls else None


def _first_turns(row: Row, users: Sequence[str]) -> tuple[str | None, str]:
    """The first words of the user and the answer to them; None where another begins, or nobody answers."""
    turns = list_at(row, "conversations")
    for number, turn in enumerate(turns):
        if not isinstance(turn, dict):
            raise InputError(f"conversations.{number}: expected an object")
    said = [turn for turn in turns if turn.get("from") != "system"]
    if len(said) < 2 or said[0].get("from") not in users:
        return None, ""
    query, answer = (text_at(turn, "value", f"conversations.{turns.index(turn)}.") for turn in said[:2])
    return query, answer


def _row(source: str, tools: list[dict[str, Any]], query: str, calls: Calls) -> dict[str, Any] | None:
    known = {tool["name"] for tool in tools}
    if not query.strip() or not tools or any(name not in known for name, _ in calls):
        return None
    check_kept([arguments for _, arguments in calls])
    return {
        "source": source,
        "category": category_of_shape(len(tools), len(calls)),
        "tools": tools,
        "messages": [{"role": "user", "content": query}],
        "gold": [gold_call(name, arguments) for name, arguments in calls],
    }


CONVERTERS: dict[str, tuple[str, Callable[[Row], dict[str, Any] | None]]] = {
    "xlam": ("Salesforce/xlam-function-calling-60k", xlam),
    "toolace": ("Team-ACE/ToolACE", toolace),
    "hermes": ("NousResearch/hermes-function-calling-v1", hermes),
}


def load_hub(source: str, path: str | None) -> list[Example]:
    """Examples of a data set by its short name; says how many rows are left out.

    Raises:
        InputError: There is no such data set, or no row can be used.
        UnreachableError: The hub cannot be reached.
    """
    return read_hub_rows(source, path).announce(path or CONVERTERS[source][0]).examples


def read_hub_rows(source: str, path: str | None) -> Loaded:
    """Examples of a data set by its short name, and the faulty rows by number; ids are the source and the number.

    Args:
        source: "xlam", "toolace" or "hermes".
        path: A JSON, JSONL or Parquet file of the same form instead of the hub.

    Raises:
        InputError: There is no such data set.
        UnreachableError: The hub cannot be reached.
    """
    name, convert = CONVERTERS[source]
    examples: list[Example] = []
    rejected: dict[str, str] = {}
    num_unfit = 0
    for number, (row, fault) in enumerate(_rows(name, path)):
        try:
            if fault is not None or not isinstance(row, dict):
                raise InputError(fault or "expected an object")
            check_kept(row)
            made = convert(row)
            if made is None:
                num_unfit += 1
                continue
            examples.append(Example.model_validate(made | {"id": f"{source}_{number}"}))
        except ValidationError as error:
            rejected[f"row {number}"] = first_fault(error)
        except InputError as error:
            rejected[f"row {number}"] = shorten(str(error), LONGEST_REASON)
    return Loaded(examples, rejected, num_unfit)


def _rows(name: str, path: str | None) -> Iterator[tuple[Any, str | None]]:
    """Rows, each with the reason why it cannot be read, or None."""
    if path is None:
        try:
            rows = load_dataset(name, split="train")
        except HUB_FAULTS as error:
            raise hub_fault(f"data set {name}:", error) from None
        return ((row, None) for row in rows)
    if not Path(path).exists():
        raise InputError(f"{path}: no such file")
    if path.endswith((".json", ".jsonl")):
        return _json_rows(Path(path))
    try:
        return ((row, None) for row in load_dataset("parquet", data_files=path, split="train"))
    except Exception as error:  # `datasets` wraps a broken file in exceptions of its own, by format
        raise InputError(f"{path}: not readable as parquet: {str(error).splitlines()[0]}") from None


def _json_rows(path: Path) -> Iterator[tuple[Any, str | None]]:
    """Rows of a file of lines or of one list; read here, since a table of columns would refuse all for one odd row."""
    lines = read_foreign_lines(path)
    _, first = next(lines, (0, ""))
    if first.lstrip().startswith("["):
        try:
            rows = json.loads("\n".join([first, *(line for _, line in lines)]), parse_int=whole_number)
        except (json.JSONDecodeError, RecursionError) as error:
            raise InputError(f"{path}: not readable as json: {error}") from None
        yield from ((row, None) for row in rows)
        return
    yield from (_row_of(line) for line in [first, *(line for _, line in lines)] if line)


def _row_of(line: str) -> tuple[Any, str | None]:
    try:
        return load_json(line), None
    except InputError as error:
        return None, str(error)
