"""A server of the Model Context Protocol is asked for its tools, page by page, and for nothing else; then it is ended."""

import json
import os
import sys
import time
from pathlib import Path

import pytest

from sparring.errors import InputError, UnreachableError
from sparring.tools.importing import Wishes, import_tools
from tests.conftest import ROOT

RECORDED = sorted((ROOT / "tests/data/tools").glob("mcp-server-*.json"))
ARGUMENTS = {"mcp-server-time": "--local-timezone Europe/Vienna"}
SERVER = """
import json, os, sys, time
log = open(sys.argv[1], "a")
print(os.getpid(), file=log, flush=True)
if sys.argv[2] == "dies":
    sys.exit("no key in the environment")
for line in sys.stdin:
    asked = json.loads(line)
    print(asked["method"], file=log, flush=True)
    if sys.argv[2] == "hangs":
        time.sleep(60)
    if "id" not in asked:
        continue
    if asked["method"] == "initialize":
        answer = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": {"name": "s", "version": "1"}}
    elif asked["method"] == "tools/list":
        page = int((asked.get("params") or {}).get("cursor") or 0)
        tool = {"name": f"tool_{page}", "description": "Does it.", "inputSchema": {"type": "object"}}
        answer = {"tools": [tool], "nextCursor": "0" if sys.argv[2] == "circles" else str(page + 1)}
        if page == 2:
            del answer["nextCursor"]
    else:
        print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "error": {"code": -32601, "message": "unknown"}}), flush=True)
        continue
    print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": answer}), flush=True)
"""


@pytest.fixture
def server(tmp_path):
    pytest.importorskip("mcp")
    (tmp_path / "server.py").write_text(SERVER)
    log = tmp_path / "asked"

    def run(how, deadline_s=60.0):
        toolbox = import_tools(f"mcp:{sys.executable} {tmp_path}/server.py {log} {how}", Wishes(deadline_s=deadline_s))
        return toolbox, log.read_text().splitlines()[1:]

    run.log = log
    return run


def is_gone(log):
    """Whether the process that the log names has ended."""
    number = int(log.read_text().splitlines()[0])
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return True
    return "\nState:\tZ" in Path(f"/proc/{number}/status").read_text()


def test_only_the_list_of_tools_is_asked_with_all_its_pages(server):
    toolbox, asked = server("answers")
    assert [tool["name"] for tool in toolbox.tools] == ["tool_0", "tool_1", "tool_2"]
    assert asked.count("tools/list") == 3
    assert set(asked) <= {"server/discover", "initialize", "notifications/initialized", "tools/list"}
    assert is_gone(server.log)


@pytest.mark.parametrize(
    ("how", "error", "named"),
    [
        ("hangs", UnreachableError, "no answer within 3 s"),
        ("dies", UnreachableError, "it said: no key in the environment"),
        ("circles", InputError, "again and again"),
    ],
)
def test_a_server_that_is_none_is_one_line_and_ends(server, how, error, named):
    started = time.monotonic()
    with pytest.raises(error, match=named):
        server(how, deadline_s=3.0 if how == "hangs" else 60.0)
    assert time.monotonic() - started < 60
    assert is_gone(server.log)


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("mcp:no-such-command-anywhere --x", "'no-such-command-anywhere' is no command"),
        ("mcp:", "expected a command"),
        ("mcp:'", "no command"),
        ("mcp:https://x.example/mcp?api_key=abc", "keys come from the environment only"),
    ],
)
def test_a_source_that_cannot_be_started_is_named(source, named):
    pytest.importorskip("mcp")
    with pytest.raises(InputError, match=named):
        import_tools(source, Wishes())


def test_the_client_is_an_extra_and_said_to_be(monkeypatch):
    monkeypatch.setitem(sys.modules, "mcp", None)
    with pytest.raises(InputError, match=r"pip install 'sparring\[tools\]'"):
        import_tools("mcp:server", Wishes())


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_what_a_real_server_lists_is_imported_whole(path):
    recorded = json.loads(path.read_text(encoding="utf-8"))
    toolbox = import_tools(str(path), Wishes())
    assert [tool["name"] for tool in toolbox.tools] == [tool["name"] for tool in recorded["tools"]]
    assert toolbox.faults == ()


@pytest.mark.network
@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_real_server_lists_over_stdio_what_was_recorded(path):
    pytest.importorskip("mcp")
    pytest.importorskip(path.stem.replace("-", "_"))
    command = Path(sys.executable).parent / path.stem
    listed = import_tools(f"mcp:{command} {ARGUMENTS.get(path.stem, '')}", Wishes())
    assert listed.tools == import_tools(str(path), Wishes()).tools
