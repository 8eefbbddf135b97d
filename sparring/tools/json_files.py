"""Tools of a JSON document in the forms of OpenAI, Anthropic, MCP, Bedrock and Gemini, or of `tools.json` itself."""

from typing import Any

from sparring.errors import InputError
from sparring.sources.foreign import short
from sparring.sources.tool_forms import TOOL_LISTS, tool_parts
from sparring.tools.reading import Choice, GivenTool, Importer

STARTED = "mcpServers"
KINDS_OF_WRAPPING = ("result", "toolConfig")  # an answer of MCP's JSON-RPC; Bedrock


def read_json_tools(document: Any, importer: Importer, choice: Choice) -> None:
    """Reads all tools of a document.

    Raises:
        InputError: It holds no list of tools.
    """
    for place, one in _listed(document):
        read_json_tool(one, place, importer, choice)


def read_json_tool(given: Any, place: str, importer: Importer, choice: Choice) -> None:
    """Reads one tool; what it lacks is a fault of its own."""
    try:
        parts = tool_parts(given, place)
    except InputError as error:
        field, _, reason = str(error).partition(": ")
        named = given.get("name") if isinstance(given, dict) else None
        importer.fault(named if isinstance(named, str) and named else place, field.removeprefix(f"{place}."), reason)
        return
    if choice.takes(parts.name):
        importer.add(GivenTool(parts.name, parts.description, parts.schema))


def _listed(document: Any) -> list[tuple[str, Any]]:
    """The tools with their places; lists in lists are Gemini's."""
    if isinstance(document, dict) and STARTED in document:
        raise InputError(f"{STARTED}: these are servers to be started, not tools: run `sparring tools mcp:COMMAND`")
    found = document
    for key in KINDS_OF_WRAPPING:
        found = found[key] if isinstance(found, dict) and isinstance(found.get(key), dict) else found
    if isinstance(found, dict):
        place = next((key for key in TOOL_LISTS if isinstance(found.get(key), list)), None)
        found = [found] if place is None and ("name" in found or "function" in found) else found.get(place or "")
    if not isinstance(found, list):
        raise InputError(f"tools: missing: expected OpenAPI, or a list of tools, not {short(document)}")
    listed: list[tuple[str, Any]] = []
    for number, one in enumerate(found):
        inner = next((key for key in TOOL_LISTS if isinstance(one, dict) and isinstance(one.get(key), list)), None)
        if inner is None or "name" in one:
            listed.append((f"tools.{number}", one))
        else:
            listed += [(f"tools.{number}.{inner}.{at}", tool) for at, tool in enumerate(one[inner])]
    return listed
