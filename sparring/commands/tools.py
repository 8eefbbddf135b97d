"""`sparring tools`: a team's own tools, frozen in one file, with every fault of their source."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from sparring.tools.frozen import Toolbox, read_toolbox, tool_changes, write_toolbox
from sparring.tools.importing import Wishes, import_tools
from sparring.visible_text import visible

MAX_NAMED = 3  # tools of one fault on the screen; the file names each


def tools(
    source: Annotated[
        str,
        typer.Argument(help="a file or address (OpenAPI, or tools as JSON), mcp:COMMAND, mcp:ADDRESS or module:NAME"),
    ],
    out: Annotated[Path, typer.Option(help="file to write")] = Path("tools.json"),
    include: Annotated[
        list[str] | None, typer.Option(help="only tools of this name, tag or path, e.g. '/users/*'")
    ] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="no tools of this name, tag or path")] = None,
    allow: Annotated[
        list[str] | None, typer.Option(help="address or folder that references of an OpenAPI document may lead to")
    ] = None,
    deadline: Annotated[float, typer.Option(min=1, help="seconds that servers have for all they are asked")] = 60.0,
    key_variable: Annotated[
        str | None, typer.Option(help="environment variable with the key of an MCP server's address")
    ] = None,
    changes: Annotated[
        Path | None, typer.Option(help="an earlier tools.json: say what is new, changed and gone")
    ] = None,
) -> None:
    """Read tools from where they are described and freeze them in one file. Nothing is called.

    Every fault is named by tool and field; a tool that no certainly valid call has is left out.
    """
    before = None if changes is None else read_toolbox(changes)
    wishes = Wishes(tuple(include or ()), tuple(exclude or ()), tuple(allow or ()), deadline, key_variable)
    toolbox = import_tools(source, wishes)
    write_toolbox(out, toolbox)
    for line in _lines(out, toolbox, before):
        typer.echo(visible(line))


def _lines(out: Path, toolbox: Toolbox, before: Toolbox | None) -> Iterator[str]:
    left_out = {fault.tool for fault in toolbox.left_out}
    together: dict[tuple[str, str, str], list[str]] = {}
    for fault in toolbox.faults:
        kind = "left out" if fault.tool in left_out else "remark"
        together.setdefault((kind, fault.field, fault.reason), []).append(fault.tool)
    for (kind, field, reason), names in sorted(together.items(), key=lambda one: one[0][0]):
        more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
        yield f"{kind:<8}  {', '.join(names[:MAX_NAMED])}{more}: {field}: {reason}"
    if before is not None:
        for kind, names in tool_changes(before, toolbox).items():
            yield f"{kind:<8}  {', '.join(names) or '-'}"
    num_arguments = sum(len(tool["parameters"].get("properties", {})) for tool in toolbox.tools)
    yield (
        f"{out}: {len(toolbox.tools)} tools, {num_arguments} arguments ({toolbox.kind}); "
        f"{len(left_out)} tools left out, {len(toolbox.faults) - len(toolbox.left_out)} remarks; "
        f"sha256 {toolbox.sha256[:12]}"
    )
