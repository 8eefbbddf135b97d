"""Rows from public bug reports: each is read as its author meant it, or left out by name while the others load."""

import json
from pathlib import Path

import pytest

from sparring.checker import check_calls
from sparring.dialects import DIALECTS, fault_of_row
from sparring.gold import gold_calls
from sparring.records import Call
from sparring.sources.hub import read_hub_rows
from sparring.sources.jsonl import load_jsonl, read_jsonl_rows, validate_jsonl

CASES = Path(__file__).parents[2] / "cases"
GOOD_ROWS = {
    "xlam": {
        "id": 9,
        "query": "q",
        "tools": '[{"name": "w", "description": "d", "parameters": {"a": {"description": "x", "type": "str"}}}]',
        "answers": '[{"name": "w", "arguments": {"a": "1"}}]',
    },
    "toolace": {
        "system": 'Functions: [{"name": "w", "description": "d", "parameters": {"type": "dict", "properties": {}}}].',
        "conversations": [{"from": "user", "value": "q"}, {"from": "assistant", "value": "[w()]"}],
    },
    "hermes": {
        "id": "h",
        "tools": '[{"type": "function", "function": {"name": "w", "parameters": {"type": "object"}}}]',
        "conversations": [
            {"from": "human", "value": "q"},
            {"from": "gpt", "value": '<tool_call>\n{"name": "w", "arguments": {}}\n</tool_call>'},
        ],
    },
}


def cases(name):
    lines = (CASES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [pytest.param(case, id=case["id"]) for case in map(json.loads, lines)]


def written(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("case", cases("hub_rows"))
def test_a_row_of_the_hub_is_read_or_left_out_by_name_while_the_others_load(tmp_path, case):
    path = written(tmp_path / "rows.jsonl", case["row"], GOOD_ROWS[case["source"]])
    found = read_hub_rows(case["source"], str(path))
    assert found.examples[-1].id == f"{case['source']}_1"
    if case["fault"] is not None:
        assert list(found.rejected) == ["row 0"]
        assert found.rejected["row 0"].startswith(case["fault"])
        return
    assert found.rejected == {}
    example = found.examples[0]
    assert [call.arguments for call in gold_calls(example)] == [case["arguments"]]
    assert check_calls(example, gold_calls(example)).correct


@pytest.mark.parametrize("case", cases("own_rows"))
def test_an_own_row_is_read_or_named_by_file_line_and_field(tmp_path, case):
    path = written(tmp_path / "rows.jsonl", case["row"])
    expected = [] if case["fault"] is None else [f"{path}:1: {case['fault']}"]
    found = validate_jsonl(path)
    assert len(found) == len(expected)
    assert all(line.startswith(start) for line, start in zip(found, expected, strict=True))


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
@pytest.mark.parametrize("row", cases("schemas"))
def test_the_gold_of_any_schema_survives_in_every_dialect(tmp_path, row, dialect):
    (example,) = load_jsonl(written(tmp_path / "rows.jsonl", row))
    assert check_calls(example, gold_calls(example)).correct
    assert fault_of_row(example, DIALECTS[dialect]) is None
    wrong = [Call(name=call.name, arguments=call.arguments | {"no such argument": 1}) for call in gold_calls(example)]
    assert not check_calls(example, wrong).correct
    assert json.loads(json.dumps(DIALECTS[dialect].messages(example)))


def test_the_tool_of_an_mcp_server_is_shown_with_its_parameters(tmp_path):
    (row,) = [case.values[0]["row"] for case in cases("own_rows") if case.id == "mcp_inputSchema_nogold"]
    (example,) = read_jsonl_rows(written(tmp_path / "rows.jsonl", row)).examples
    assert example.tools[0].parameters["properties"] == {"q": {"type": "string"}}


def test_a_history_with_calls_is_shown_as_the_target_writes_calls(tmp_path):
    (row,) = [case.values[0]["row"] for case in cases("own_rows") if case.id == "assistant_tool_calls"]
    (example,) = load_jsonl(written(tmp_path / "rows.jsonl", row))
    for dialect in DIALECTS.values():
        shown = dialect.messages(example)
        assert [message["role"] for message in shown][-4:] == ["user", "assistant", "tool", "user"]
        assert dialect.parse(shown[-3]["content"]) == [("f", {"q": "b"})]
