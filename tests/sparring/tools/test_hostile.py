"""Hostile documents end in seconds with a clear error: nothing is run, nothing is fetched, nothing is written by name."""

import json
import time

import pytest

from sparring.errors import InputError
from tests.sparring.tools.reading import imported, one_tool, with_argument

SECONDS = 20


def doubled(levels):
    """A schema that unfolds to two to the power of its levels."""
    held = {f"L{n}": {"anyOf": [{"$ref": f"#/$defs/L{n + 1}"}, {"$ref": f"#/$defs/L{n + 1}"}]} for n in range(levels)}
    return one_tool({"type": "object", "properties": {"a": {"$ref": "#/$defs/L0"}}, "$defs": held | {f"L{levels}": {}}})


def circle():
    held = {"A": {"$ref": "#/$defs/B"}, "B": {"$ref": "#/$defs/A"}}
    return one_tool({"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": held, "required": [1]})


def nested(levels):
    return '{"tools": [{"name": "deep", "inputSchema": ' + '{"properties": {"a": ' * levels + "{}" + "}}" * levels + "}]}"


LAUGHS = "tools:\n- name: x\n  inputSchema:\n    a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"    a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
)
HOSTILE = {
    "unfolds to more than": lambda: doubled(40),
    "required.0: expected a name": circle,
    "a.enum: 1,000,000 values": lambda: with_argument({"enum": list(range(1_000_000))}),
    "description: 10,000,000 characters": lambda: {"tools": [{"name": "x", "description": "x" * 10_000_000}]},
    "a.description: a text of 10,000,000": lambda: with_argument({"type": "string", "description": "x" * 10_000_000}),
    "more than 5000 parts": lambda: one_tool({"properties": {f"p{n}": {"type": "string"} for n in range(300_000)}}),
    "more than 3,000 tools": lambda: {"tools": [{"name": f"t{n}", "inputSchema": {}} for n in range(200_000)]},
    "more than 50,000 values": lambda: with_argument(
        {"type": "object", "properties": {f"p{n}": {"enum": list(range(1_000))} for n in range(400)}}
    ),
    "levels": lambda: nested(2_000),
    "brackets nest too deeply": lambda: nested(200_000),
    "32,000,000 are read": lambda: " " * 33_000_000,
    "a.pattern: .* for ever": lambda: with_argument({"type": "string", "pattern": "^(a+)+$"}),
    "a.pattern: .* for ever.*": lambda: with_argument({"type": "string", "pattern": "(.*)*" * 200}),
    "a number that is too large": lambda: '{"tools": [{"name": "x", "inputSchema": {"default": 1' + "0" * 5_000 + "}}]}",
    "it unfolds to more than": lambda: LAUGHS,
    "brackets nest deeper": lambda: "a: " + "[" * 100_000,
    "not readable as YAML": lambda: "tools: !!python/object/apply:os.system ['touch executed']",
    "half a surrogate": lambda: '{"tools": [{"name": "x", "description": "d", "inputSchema": {"title": "\\ud800"}}]}',
    "tools: missing": lambda: "[]" * 0 + "{}",
    "expected a JSON schema": lambda: {"tools": [{"name": "x", "inputSchema": {"properties": {"a": 3}}}]},
    "servers to be started": lambda: {"mcpServers": {"x": {"command": "touch", "args": ["executed"]}}},
}


@pytest.mark.parametrize(("named", "document"), HOSTILE.items(), ids=range(len(HOSTILE)))
def test_a_hostile_document_is_a_clear_error_in_seconds(tmp_path, monkeypatch, named, document):
    monkeypatch.chdir(tmp_path)
    made = document()
    started = time.process_time()
    with pytest.raises(InputError, match=named):
        imported(tmp_path, made)
    assert time.process_time() - started < SECONDS
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_a_hostile_tool_costs_no_other(tmp_path):
    good = one_tool({"type": "object", "properties": {"a": {"type": "string"}}}, "good")["tools"]
    bad = doubled(40)["tools"] + with_argument({"enum": list(range(1_000_000))})["tools"]
    bad[1]["name"] = "many"
    toolbox = imported(tmp_path, {"tools": [*bad, *good]})
    assert [tool["name"] for tool in toolbox.tools] == ["good"]
    assert {fault.tool for fault in toolbox.left_out} == {"do_it", "many"}
    assert len(json.dumps([fault.model_dump() for fault in toolbox.faults])) < 2_000


def test_a_circle_of_references_ends(tmp_path):
    document = circle()
    del document["tools"][0]["inputSchema"]["required"]
    toolbox = imported(tmp_path, document)
    assert toolbox.tools[0]["parameters"]["properties"] == {"a": {}}
