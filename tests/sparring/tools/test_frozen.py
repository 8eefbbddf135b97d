"""A frozen file holds what was read, says when it was changed by hand, and what is new, changed and gone since."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparring.errors import InputError
from sparring.tools.frozen import (
    ToolFault,
    freeze,
    read_toolbox,
    tool_changes,
    tool_sha256,
    toolbox_sha256,
    write_toolbox,
)


def tool(name, **properties):
    return {"name": name, "description": f"Does {name}.", "parameters": {"type": "object", "properties": properties}}


FAULT = ToolFault(tool="draw", field="parameters.properties.to.pattern", reason="takes too long")
BOX = freeze("mcp:server", "mcp", [tool("b", z={"type": "string"}, a={}), tool("a")], [FAULT], {"a": "a/b"})


def test_what_is_written_is_read_back_in_its_order(tmp_path):
    write_toolbox(tmp_path / "tools.json", BOX)
    read = read_toolbox(tmp_path / "tools.json")
    assert read == BOX
    assert [one["name"] for one in read.tools] == ["b", "a"]
    assert list(read.tools[0]["parameters"]["properties"]) == ["z", "a"]
    assert json.loads((tmp_path / "tools.json").read_text())["schema"] == 1


def test_the_same_tools_give_the_same_bytes(tmp_path):
    for name in ("one.json", "two.json"):
        write_toolbox(tmp_path / name, BOX)
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"schema": 2}, "schema"),
        ({"sha256": "0" * 64}, "sha256"),
        ({"tools": [tool("b")]}, "sha256"),
        ({"tools": [tool("b"), tool("b")]}, "tools.*'b' stands twice"),
        ({"tools": [{"name": "b", "parameters": {"type": "string"}}]}, "tools.*no object"),
        ({"tools": [{"parameters": {}}]}, "tools.*name"),
        ({"tools": 3}, "tools"),
        ({"faults": [{"tool": "b"}]}, "faults.0.field"),
        ({"more": 1}, "more"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_name_and_field(tmp_path, change, named):
    path = tmp_path / "tools.json"
    write_toolbox(path, BOX)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InputError, match=f"tools.json: {named}"):
        read_toolbox(path)


def test_what_a_left_out_tool_lacks_is_told_apart_from_remarks():
    remark = ToolFault(tool="a", field="name", reason="APIs refuse 'a/b'")
    assert freeze("f", "json", [tool("a")], [FAULT, remark]).left_out == (FAULT,)


def test_changes_are_named_by_tool():
    before = freeze("f", "json", [tool("kept"), tool("other", x={"type": "string"}), tool("old")])
    after = freeze("f", "json", [tool("other", y={"type": "string"}), tool("kept"), tool("more"), tool("brand")])
    assert tool_changes(before, after) == {"new": ["brand", "more"], "changed": ["other"], "gone": ["old"]}


schemas = st.recursive(
    st.sampled_from([{"type": "string"}, {"type": ["integer", "null"]}, {"enum": [1, "1", None, 1.5]}]),
    lambda inner: st.dictionaries(st.text(), inner, max_size=3).map(lambda p: {"type": "object", "properties": p}),
    max_leaves=6,
)
toolboxes = st.lists(
    st.builds(lambda name, p: tool(name, **p), st.text(min_size=1), st.dictionaries(st.text(), schemas, max_size=3)),
    unique_by=lambda one: one["name"],
    max_size=4,
)


@given(toolboxes, st.randoms())
def test_the_hash_is_of_the_tools_and_not_of_their_order(tools, random):
    shuffled = random.sample(tools, len(tools))
    assert toolbox_sha256(tools) == toolbox_sha256(shuffled)
    changes = tool_changes(freeze("f", "json", tools), freeze("f", "json", shuffled))
    assert changes == {"new": [], "changed": [], "gone": []}
    assert len({tool_sha256(one) for one in tools}) == len(tools)
