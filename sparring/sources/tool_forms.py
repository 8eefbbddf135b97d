"""Tools and calls in the forms in which APIs and data sets write them: of OpenAI, MCP, Anthropic, Bedrock, Gemini.

A tool whose parameters stand in a way that is not known here is refused by name: it is never one without parameters.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sparring.errors import InputError
from sparring.schemas.json_schema import read_parameters
from sparring.sources.foreign import Row, list_at, load_json, short, text_at

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


class ToolParts(NamedTuple):
    """What a tool says of itself: its schema is as it came, and stands at `place`."""

    name: str
    description: str
    schema: Any
    place: str


def tool_parts(given: Any, place: str) -> ToolParts:
    """The parts of one tool; without parameters where none are stated, under whatever key.

    Raises:
        InputError: It is no tool; names the field.
    """
    name, function, place = named_function(given, place)
    key = next((key for key in PARAMETER_KEYS if function.get(key) is not None), None)
    if key is None:
        key = PARAMETER_KEYS[0]
        _check_states_no_parameters(function, place)
    where = f"{place}.{key}"
    return ToolParts(name, text_at(function, "description", f"{place}."), _schema(function.get(key), where), where)


def read_tool(given: Any, place: str, unknown_types: bool = False) -> dict[str, Any]:
    """One tool, its parameters read."""
    name, description, schema, where = tool_parts(given, place)
    return {"name": name, "description": description, "parameters": read_parameters(schema, where, unknown_types)}


def tools_as_they_are(given: Any, place: str) -> list[dict[str, Any]]:
    """Tools in BFCL's form, which is kept; schemas that say more than it can are read as those of other sources.

    Raises:
        InputError: One is no tool; names the field.
    """
    if not isinstance(given, list):
        raise InputError(f"{place}: expected a list, not {short(given)}")
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
        raise InputError(f"{place}.type: {short(tool['type'])} is no function with parameters")
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
