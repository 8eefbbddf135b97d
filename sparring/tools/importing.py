"""From a source that a person names to the frozen tools: `mcp:COMMAND`, `module:NAME`, a file or an address."""

from dataclasses import dataclass

from sparring.errors import InputError
from sparring.secrets_in_text import masked
from sparring.tools.documents import Documents
from sparring.tools.frozen import Toolbox, ToolFault, freeze
from sparring.tools.json_files import read_json_tool, read_json_tools
from sparring.tools.mcp_server import listed_tools
from sparring.tools.openapi import read_openapi
from sparring.tools.python_functions import read_functions
from sparring.tools.reading import Choice, Importer

MCP, MODULE = "mcp:", "module:"


@dataclass(frozen=True)
class Wishes:
    """What a person wants of an import.

    Attributes:
        include: Names, tags or paths of the tools that are wanted; none: all.
        exclude: Those that are not.
        allow: Addresses and folders that references of an OpenAPI document may lead to.
        deadline_s: Seconds that servers have for all they are asked.
        key_variable: The environment variable that holds the key of an MCP server's address.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    deadline_s: float = 60.0
    key_variable: str | None = None


def import_tools(source: str, wishes: Wishes) -> Toolbox:
    """The tools of a source.

    Raises:
        InputError: The source is none, or not one of its tools can be used.
        UnreachableError: A server does not answer.
    """
    importer, choice = Importer(), Choice(wishes.include, wishes.exclude)
    shown = masked(source)
    kind = _read(source, wishes, importer, choice)
    choice.check_used()
    if not importer.tools:
        first = f"; {len(importer.faults)} faults, the first: {_line(importer.faults[0])}" if importer.faults else ""
        raise InputError(f"{shown}: no tool can be used{first}")
    return freeze(shown, kind, importer.tools, importer.faults, importer.originals)


def _read(source: str, wishes: Wishes, importer: Importer, choice: Choice) -> str:
    """Reads all tools; gives the kind of the source."""
    if source.startswith(MCP):
        for number, tool in enumerate(listed_tools(source.removeprefix(MCP), wishes.deadline_s, wishes.key_variable)):
            read_json_tool(tool, f"tools.{number}", importer, choice)
        return "mcp"
    if source.startswith(MODULE):
        read_functions(source.removeprefix(MODULE), importer, choice)
        return "python"
    document = Documents(wishes.deadline_s, wishes.allow).read(source)
    try:
        if isinstance(document, dict) and document.keys() & {"openapi", "swagger"}:
            read_openapi(document, importer, choice)
            return "openapi"
        read_json_tools(document, importer, choice)
        return "json"
    except InputError as error:
        raise InputError(f"{masked(source)}: {error}") from None


def _line(fault: ToolFault) -> str:
    return f"{fault.tool}: {fault.field}: {fault.reason}"
