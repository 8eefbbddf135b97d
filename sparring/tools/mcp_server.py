"""The tools of a server of the Model Context Protocol, by the official client: over stdio or an HTTP address.

After the protocol's greeting only `tools/list` is asked, page by page; nothing is ever called. A server that a command
starts is a process of our own, in a group of its own, which the client ends by its handle, whatever happens. It gets
the whole environment, as in a shell: many servers start with a key alone.
"""

import logging
import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, TextIO, cast

from sparring.errors import InputError, UnreachableError
from sparring.secrets_in_text import masked, secret_in
from sparring.targets.endpoint import headers
from sparring.tools.documents import is_web_address
from sparring.tools.limits import MAX_TOOLS
from sparring.visible_text import shorten

MAX_PAGES = 500
MAX_SHOWN = 300


def listed_tools(server: str, deadline_s: float, key_variable: str | None = None) -> list[dict[str, Any]]:
    """All tools that a server lists, as it lists them.

    Args:
        server: A command with its arguments (run without a shell), or an address.
        deadline_s: Seconds from the start of the server to the last page.
        key_variable: The environment variable that holds the bearer key of an address.

    Raises:
        InputError: There is no such command, or the address or the key cannot be one.
        UnreachableError: The server does not answer in time, or not as the protocol says.
    """
    try:
        import anyio
        import mcp  # noqa: F401
    except ImportError as error:
        raise InputError(f"mcp:{_shown(server)}: pip install 'sparring[tools]' ({error})") from None
    logging.getLogger("mcp").addHandler(logging.NullHandler())  # what it would log of a broken server we say in a line
    with TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        try:
            return anyio.run(_listed, server, deadline_s, key_variable, said)
        except Exception as error:
            raise _named(server, deadline_s, error, said) from None


async def _listed(server: str, deadline_s: float, key_variable: str | None, said: Any) -> list[dict[str, Any]]:
    import anyio
    from mcp.client.client import Client

    tools: list[dict[str, Any]] = []
    cursors: set[str | None] = set()
    cursor: str | None = None
    with anyio.fail_after(deadline_s):
        async with Client(_transport(server, key_variable, said), cache=None) as client:
            while cursor not in cursors:
                cursors.add(cursor)
                page = await client.list_tools(cursor=cursor)
                tools += [
                    {
                        "name": tool.name,
                        "description": tool.description or tool.title or "",
                        "inputSchema": tool.input_schema,
                    }
                    for tool in page.tools
                ]
                if page.next_cursor is None:
                    return tools
                cursor = page.next_cursor
                if len(tools) > MAX_TOOLS or len(cursors) > MAX_PAGES:
                    raise InputError(f"it lists more than {MAX_TOOLS:,} tools or {MAX_PAGES} pages")
    raise InputError(f"it lists the page {shorten(str(cursor), 40)!r} again and again")


def _transport(server: str, key_variable: str | None, said: TextIO) -> Any:
    """How the client speaks to the server; nothing is started yet."""
    from mcp.client.stdio import StdioServerParameters, stdio_client
    from mcp.client.streamable_http import streamable_http_client
    from mcp.shared._httpx_utils import create_mcp_http_client

    if is_web_address(server):
        if (found := secret_in(server)) is not None:
            raise InputError(f"holds {found}; keys come from the environment only (--key-variable)")
        return streamable_http_client(server, http_client=create_mcp_http_client(headers=headers(key_variable)))
    try:
        words = shlex.split(server)
    except ValueError as error:
        raise InputError(f"no command: {error}") from None
    if not words:
        raise InputError("expected a command or an address")
    return stdio_client(StdioServerParameters(command=words[0], args=words[1:], env=dict(os.environ)), errlog=said)


def _named(server: str, deadline_s: float, error: Exception, said: Any) -> Exception:
    """What went wrong, as a line, with the last line that the server said."""
    leaf = next(_leaves(error))
    place = f"mcp:{_shown(server)}"
    if isinstance(leaf, InputError):
        return InputError(f"{place}: {leaf}")
    if isinstance(leaf, FileNotFoundError | PermissionError) and not is_web_address(server):
        return InputError(f"{place}: {Path(shlex.split(server)[0]).name!r} is no command that can be run")
    said.seek(0)
    lines = [line for line in cast(str, said.read()).splitlines() if line.strip()]
    last = f"; it said: {shorten(lines[-1], MAX_SHOWN)}" if lines else ""
    reason = f"no answer within {deadline_s:g} s" if isinstance(leaf, TimeoutError) else shorten(str(leaf), MAX_SHOWN)
    return UnreachableError(f"{place}: {reason or type(leaf).__name__}{last}")


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error


def _shown(server: str) -> str:
    return shorten(masked(server), 120)
