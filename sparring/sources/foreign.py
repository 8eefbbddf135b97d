"""Rows of other people: JSON that can be kept, tools and calls in the forms in which they come, faults by field.

Every source reads its rows through this module. What cannot be kept (half of a surrogate pair, NaN, brackets or
integers without end) is named here, so that nothing later has to expect it.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sparring.gold import accepted_values
from sparring.records import Example
from sparring.schemas.json_schema import read_parameters
from sparring.storage import InputError
from sparring.terminal import say

MAX_DEPTH = 60
MAX_DIGITS = 300
LARGEST = 10**MAX_DIGITS  # nearly the largest float
MAX_PLACE = 200
MAX_NAMED = 3
COMBINED = frozenset({"$ref", "anyOf", "oneOf", "allOf", "not", "if"})
PARAMETER_KEYS = ("parameters", "inputSchema", "input_schema", "parametersJsonSchema", "parameters_json_schema")
WRAPPERS = ("function", "toolSpec", "toolUse", "functionCall")  # OpenAI's, Bedrock's two, Gemini's
FUNCTION_TYPES = ("function", "tool", "none")
SCHEMAS_BY_NAME = {"properties", "patternProperties", "definitions"}
BESIDES = {*PARAMETER_KEYS} | set(  # what a tool without parameters may say of itself
    "annotations _meta meta metadata icons execution cache_control response responses returns return results output "
    "outputs outputSchema output_schema examples tags".split()
)
ARGUMENT_KEYS = ("arguments", "parameters", "input", "args")
TOOL_LISTS = ("functionDeclarations", "function_declarations", "tools")

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Loaded:
    """What a source gave.

    Attributes:
        examples: The rows that can be used.
        rejected: Faulty rows: their place, and the field with the reason.
        num_unfit: Rows that are as they should be and prove nothing, e.g. longer talks.
    """

    examples: list[Example]
    rejected: dict[str, str] = field(default_factory=dict)
    num_unfit: int = 0

    def announce(self, name: str) -> "Loaded":
        """Says how many rows were left out, and why the first were.

        Raises:
            InputError: Nothing is left.
        """
        first = [f"{place}: {reason}" for place, reason in list(self.rejected.items())[:MAX_NAMED]]
        if not self.examples:
            raise InputError(f"{name}: no row can be used" + (f"; {first[0]}" if first else ""))
        said = f"{len(self.rejected)} faulty rows left out" + (f" ({'; '.join(first)})" if first else "")
        unfit = f", {self.num_unfit} rows left out (no single-turn call of a shown tool)" if self.num_unfit else ""
        if self.rejected or self.num_unfit:
            say(f"{name}: {len(self.examples)} examples, {said}{unfit}")
        return self


def read_foreign_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a text file that are not blank, with their numbers from 1; bytes that are no UTF-8 spoil their line.

    Raises:
        InputError: The file cannot be opened.
    """
    try:
        text = path.read_text(encoding="utf-8-sig", errors="surrogateescape")
    except OSError as error:
        raise InputError(f"{path}: {(error.strerror or 'not readable').lower()}") from None
    return ((number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip())


def load_json(text: str) -> Any:
    """The value of a JSON text that others wrote.

    Raises:
        InputError: It is no JSON, or holds what cannot be kept.
    """
    try:
        value = json.loads(text, parse_int=whole_number)
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error.msg} at column {error.colno}") from None
    except RecursionError:
        raise InputError("not JSON: brackets nest too deeply") from None
    check_kept(value)
    return value


def whole_number(digits: str) -> int | float:
    """An integer of JSON; infinite where it has too many digits, which `check_kept` then names by its field."""
    return int(digits) if len(digits) <= MAX_DIGITS else math.inf


def check_kept(value: Any) -> None:
    """Raises InputError, naming the field, where a value holds what a file of JSON cannot keep."""
    waiting: list[tuple[str, Any, int]] = [("", value, 0)]
    while waiting:
        place, found, depth = waiting.pop()
        if isinstance(found, str):
            _check_text(place, found)
        elif isinstance(found, dict | list | tuple):
            if depth == MAX_DEPTH:
                raise InputError(f"{place[:MAX_PLACE]}: brackets nest deeper than {MAX_DEPTH}")
            waiting += _inside(place, found, depth + 1)
        elif isinstance(found, int | float) and not abs(found) <= LARGEST:
            raise InputError(f"{place or 'record'}: a number that is too large to keep, or none")
        elif found is not None and not isinstance(found, int | float):
            raise InputError(f"{place or 'record'}: a {type(found).__name__} is no value that JSON has")


def _inside(
    place: str, value: dict[Any, Any] | list[Any] | tuple[Any, ...], depth: int
) -> Iterator[tuple[str, Any, int]]:
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(key, str):
            _check_text(place, key)
        elif isinstance(value, dict):
            raise InputError(f"{place or 'record'}: the key {_short(key)} is no text")
        yield f"{place}.{key}" if place else str(key), inner, depth


def _check_text(place: str, text: str) -> None:
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise InputError(f"{place or 'record'}: half a surrogate pair, or a byte that is no UTF-8")


def text_at(row: Row, key: str, place: str = "") -> str:
    """A text of a row; empty where it is null. Raises InputError where it is none."""
    value = row.get(key, "")
    if value is not None and not isinstance(value, str):
        raise InputError(f"{place}{key}: expected text, not {_short(value)}")
    return value or ""


def list_at(row: Row, key: str) -> list[Any]:
    """A list of a row, which may be written as JSON text.

    Raises:
        InputError: It is missing, or no list.
    """
    value = row.get(key)
    if isinstance(value, str):
        try:
            value = load_json(value)
        except InputError as error:
            raise InputError(f"{key}: {error}") from None
    if not isinstance(value, list):
        raise InputError(f"{key}: {'missing' if key not in row else f'expected a list, not {_short(value)}'}")
    return value


def tools_at(row: Row) -> list[Any]:
    """The tools of a row: a list, or the whole document in which a server of the Model Context Protocol lists them.

    Raises:
        InputError: They are missing, or no list.
    """
    value = row.get("tools")
    found = value.get("result", value) if isinstance(value, dict) else value
    inner = found.get("tools") if isinstance(found, dict) else None
    return inner if isinstance(inner, list) else list_at(row, "tools")


def read_tools(given: Sequence[Any], place: str = "tools", unknown_types: bool = False) -> list[dict[str, Any]]:
    """Tools in OpenAI's form, bare, as the Model Context Protocol lists them (`inputSchema`), or in Gemini's lists.

    Raises:
        InputError: One is no tool, or a name stands twice; names the field.
    """
    tools: list[dict[str, Any]] = []
    for number, tool in enumerate(given):
        key = next((key for key in TOOL_LISTS if isinstance(tool, dict) and isinstance(tool.get(key), list)), None)
        if key is None or "name" in tool:
            tools.append(read_tool(tool, f"{place}.{number}", unknown_types))
        else:
            inside = f"{place}.{number}.{key}"
            tools += [read_tool(one, f"{inside}.{i}", unknown_types) for i, one in enumerate(tool[key])]
    seen: set[str] = set()
    for number, tool in enumerate(tools):
        if tool["name"] in seen:
            raise InputError(f"{place}.{number}.name: {tool['name']!r} stands twice")
        seen.add(tool["name"])
    return tools


def read_tool(given: Any, place: str, unknown_types: bool = False) -> dict[str, Any]:
    """One tool; without parameters where none are stated, under whatever key."""
    name, function, place = named_function(given, place)
    key = next((key for key in PARAMETER_KEYS if function.get(key) is not None), None)
    if key is None:
        key = PARAMETER_KEYS[0]
        _check_states_no_parameters(function, place)
    return {
        "name": name,
        "description": text_at(function, "description", f"{place}."),
        "parameters": read_parameters(_schema(function.get(key), f"{place}.{key}"), f"{place}.{key}", unknown_types),
    }


def tools_as_they_are(given: Any, place: str) -> list[dict[str, Any]]:
    """Tools in BFCL's form, which is kept; schemas that say more than it can are read as those of other sources.

    Raises:
        InputError: One is no tool; names the field.
    """
    if not isinstance(given, list):
        raise InputError(f"{place}: expected a list, not {_short(given)}")
    functions = [named_function(tool, f"{place}.{number}")[1] for number, tool in enumerate(given)]
    read = [read_tool(tool, f"{place}.{number}", unknown_types=True) for number, tool in enumerate(given)]
    return [
        tool | {"parameters": function["parameters"]} if _plain(function.get("parameters")) else tool
        for tool, function in zip(read, functions, strict=True)
    ]


def _plain(schema: Any) -> bool:
    """Whether a schema is in BFCL's form: one type, properties and items that are such schemas, nothing around."""
    if not isinstance(schema, dict) or schema.keys() & COMBINED:
        return False
    properties = schema.get("properties", {})
    kinds = [(schema.get("type", ""), str), (schema.get("required", []), list), (properties, dict)]
    inner = [schema[key] for key in ("items",) if key in schema]
    return all(isinstance(*kind) for kind in kinds) and all(map(_plain, [*properties.values(), *inner]))


def _check_states_no_parameters(tool: Row, place: str) -> None:
    """Raises InputError where a tool may have parameters, written in a way that is not read here."""
    if str(tool.get("type")).lower() not in FUNCTION_TYPES:
        raise InputError(f"{place}.type: {_short(tool['type'])} is no function with parameters")
    unread = [key for key, value in tool.items() if isinstance(value, dict | list) and value and key not in BESIDES]
    if unread:
        raise InputError(f"{place}.parameters: missing, and {unread[0]!r} is not read for them")


def _schema(given: Any, place: str) -> Any:
    """A schema that may be JSON text, or stand under `json` as Bedrock writes it.

    Raises:
        InputError: The text is no JSON, or parameters stand by name where a schema has them under `properties`.
    """
    if isinstance(given, str):
        try:
            given = load_json(given)
        except InputError as error:
            raise InputError(f"{place}: {error}") from None
    if isinstance(given, dict) and given.keys() == {"json"}:
        given = given["json"]
    if isinstance(given, dict) and given and all(_is_by_name(*pair) for pair in given.items()):
        raise InputError(f"{place}.properties: missing; {next(iter(given))!r} is no keyword of a JSON schema")
    return given


def _is_by_name(key: str, value: Any) -> bool:
    return isinstance(value, dict) and key not in SCHEMAS_BY_NAME and not key.startswith("$")


def named_function(given: Any, place: str) -> tuple[str, Row, str]:
    """The name, the description and the place of a tool or a call, be it bare or wrapped as APIs do."""
    key = next((key for key in WRAPPERS if isinstance(given, dict) and isinstance(given.get(key), dict)), None)
    if key is not None:
        given, place = given[key], f"{place}.{key}"
    if not isinstance(given, dict) or not isinstance(given.get("name"), str) or not given["name"].strip():
        raise InputError(f"{place}.name: missing")
    return given["name"], given, place


def read_call(given: Any, place: str) -> tuple[str, dict[str, Any]]:
    """The name and the arguments of a call, be it wrapped in `function`; arguments may be JSON text.

    Raises:
        InputError: It is no call; names the field.
    """
    name, call, place = named_function(given, place)
    key = next((key for key in ARGUMENT_KEYS if key in call), ARGUMENT_KEYS[0])
    arguments = call.get(key)
    if key in call and arguments in (None, ""):  # several servers write so where there are none
        return name, {}
    if isinstance(arguments, str):
        try:
            arguments = load_json(arguments)
        except InputError as error:
            raise InputError(f"{place}.{key}: {error}") from None
    if not isinstance(arguments, dict):
        raise InputError(f"{place}.{key}: expected an object")
    return name, arguments


def gold_call(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """A right call whose arguments are right as they are."""
    return {"name": name, "arguments": {key: accepted_values(value) for key, value in arguments.items()}}


def category_of_shape(num_tools: int, num_calls: int) -> str:
    """BFCL's name for rows with so many tools and right calls."""
    if num_calls == 0:
        return "irrelevance"
    if num_calls > 1:
        return "parallel_multiple" if num_tools > 1 else "parallel"
    return "multiple" if num_tools > 1 else "simple"


def _short(value: Any) -> str:
    return repr(value)[:80]
