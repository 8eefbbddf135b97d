"""`sparring tools` writes the frozen file, tells each fault, and what is new, changed and gone since an earlier one."""

import json

import pytest
from typer.testing import CliRunner

from sparring.cli import app
from sparring.tools.frozen import read_toolbox


def listed(*tools):
    return json.dumps(
        {
            "tools": [
                {"name": n, "description": d, "input_schema": {"type": "object", "properties": p}} for n, d, p in tools
            ]
        }
    )


def run(*words):
    return CliRunner().invoke(app, ["tools", *map(str, words)])


def test_the_file_is_written_and_changes_are_named(tmp_path):
    source, out = tmp_path / "source.json", tmp_path / "tools.json"
    source.write_text(listed(("kept", "K.", {}), ("other", "O.", {"a": {"type": "string"}}), ("old", "X.", {})))
    assert run(source, "--out", out).exit_code == 0
    source.write_text(listed(("kept", "K.", {}), ("other", "O.", {"b": {"type": "string"}}), ("new", "N.", {"c": {}})))
    told = run(source, "--out", out, "--changes", out)
    assert told.exit_code == 0
    assert "new       new\nchanged   other\ngone      old\n" in told.stdout
    assert "remark    new: parameters.properties.c: no type" in told.stdout
    assert "3 tools, 2 arguments (json); 0 tools left out, 1 remarks" in told.stdout
    assert [tool["name"] for tool in read_toolbox(out).tools] == ["kept", "other", "new"]


def test_the_frozen_file_can_be_a_source_and_stays_the_same(tmp_path):
    source, out = tmp_path / "source.json", tmp_path / "tools.json"
    source.write_text(listed(("one", "O.", {"a": {"type": ["string", "null"], "pattern": "^a$"}})))
    run(source, "--out", out)
    run(out, "--out", tmp_path / "again.json")
    assert read_toolbox(tmp_path / "again.json").sha256 == read_toolbox(out).sha256


def test_nothing_is_written_where_no_tool_can_be_used(tmp_path):
    source = tmp_path / "source.json"
    source.write_text(listed(("one", "O.", {"a": {"$ref": "#/no"}})))
    told = run(source, "--out", tmp_path / "tools.json")
    assert "no tool can be used" in str(told.exception)
    assert not (tmp_path / "tools.json").exists()


@pytest.mark.parametrize("form", ["openai", "anthropic", "mcp answer", "gemini", "bedrock", "one tool", "a list"])
def test_the_forms_of_apis_are_read(tmp_path, form):
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    bare = {"name": "t", "description": "T."}
    documents = {
        "openai": {"tools": [{"type": "function", "function": bare | {"parameters": schema}}]},
        "anthropic": {"tools": [bare | {"input_schema": schema}]},
        "mcp answer": {"jsonrpc": "2.0", "id": 1, "result": {"tools": [bare | {"inputSchema": schema}]}},
        "gemini": {
            "tools": [
                {
                    "functionDeclarations": [
                        bare | {"parameters": {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}}}
                    ]
                }
            ]
        },
        "bedrock": {"toolConfig": {"tools": [{"toolSpec": bare | {"inputSchema": {"json": schema}}}]}},
        "one tool": bare | {"parameters": schema},
        "a list": [bare | {"parameters": schema}],
    }
    (tmp_path / "s.json").write_text(json.dumps(documents[form]))
    assert run(tmp_path / "s.json", "--out", tmp_path / "o.json").exit_code == 0
    assert read_toolbox(tmp_path / "o.json").tools == (bare | {"parameters": schema},)
