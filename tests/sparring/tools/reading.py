"""What the tests of tools share: an import of a document that is written to a file first."""

import json

from sparring.tools.importing import Wishes, import_tools


def imported(folder, document, **wishes):
    """The toolbox of a document (text, or values that are written as JSON)."""
    path = folder / "source"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return import_tools(str(path), Wishes(**wishes))


def one_tool(schema, name="do_it"):
    """A document of one tool as MCP lists it."""
    return {"tools": [{"name": name, "description": "Does it.", "inputSchema": schema}]}


def with_argument(schema):
    """A document of one tool with one argument."""
    return one_tool({"type": "object", "properties": {"a": schema}})


def faults(toolbox):
    """Faults as 'tool: field: reason'."""
    return [f"{fault.tool}: {fault.field}: {fault.reason}" for fault in toolbox.faults]
