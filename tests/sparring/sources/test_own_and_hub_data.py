"""The user's own rows and the hub's data sets, each on a small file of its real form."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sparring.checker import check_calls
from sparring.cli import app
from sparring.errors import InputError
from sparring.gold import gold_calls
from sparring.sources.hub import load_hub
from sparring.sources.jsonl import load_jsonl, validate_jsonl

SEEDS = Path(__file__).parents[3] / "examples" / "seeds.jsonl"
SCHEMA = {
    "name": "search",
    "description": "Search.",
    "parameters": {"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]},
}
XLAM = {
    "id": 7,
    "query": "Find 3 books about bees",
    "answers": json.dumps([{"name": "search", "arguments": {"q": "bees", "n": 3}}]),
    "tools": json.dumps(
        [
            {
                "name": "search",
                "description": "Search books.",
                "parameters": {
                    "q": {"description": "What.", "type": "str"},
                    "n": {"description": "How many.", "type": "int, optional", "default": 5},
                    "tags": {"description": "Tags.", "type": "List[str], optional"},
                },
            }
        ]
    ),
}
TOOLACE = {
    "system": "You are an expert. Here is a list of functions in JSON format that you can invoke:\n"
    + json.dumps([SCHEMA | {"name": "Market Trends API"}])
    + "\nShould you decide to return the function call(s), ...",
    "conversations": [
        {"from": "user", "value": "Trends about tea?"},
        {"from": "assistant", "value": '[Market Trends API(q="tea")]'},
    ],
}
HERMES = {
    "id": "h1",
    "tools": json.dumps([{"type": "function", "function": SCHEMA}]),
    "conversations": [
        {"from": "system", "value": "You are a function calling AI."},
        {"from": "human", "value": "Look for tea."},
        {"from": "gpt", "value": "<tool_call>\n{'name': 'search', 'arguments': {'q': 'tea'}}\n</tool_call>"},
    ],
}


def written(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(("source", "row"), [("xlam", XLAM), ("toolace", TOOLACE), ("hermes", HERMES)])
def test_a_row_becomes_an_example_whose_gold_passes_its_own_check(tmp_path, source, row):
    (example,) = load_hub(source, written(tmp_path / "rows.jsonl", row))
    assert example.id == f"{source}_0"
    assert check_calls(example, gold_calls(example)).correct


def test_xlam_types_and_optional_parameters(tmp_path):
    (example,) = load_hub("xlam", written(tmp_path / "rows.jsonl", XLAM))
    schema = example.tools[0].parameters
    assert schema["required"] == ["q"]
    assert schema["properties"]["tags"]["items"] == {"type": "string"}
    assert schema["properties"]["n"]["type"] == "integer"


def test_rows_that_prove_nothing_are_left_out_and_counted(tmp_path, capsys):
    prose = TOOLACE | {"conversations": [TOOLACE["conversations"][0], {"from": "assistant", "value": "Which tea?"}]}
    assert len(load_hub("toolace", written(tmp_path / "rows.jsonl", TOOLACE, prose))) == 1
    assert "1 rows left out" in capsys.readouterr().err


def test_a_row_of_another_form_is_named(tmp_path):
    with pytest.raises(InputError, match="no row can be used; row 0: answers: not JSON"):
        load_hub("xlam", written(tmp_path / "rows.jsonl", {"id": 1, "query": "x", "answers": "[", "tools": "[]"}))
    with pytest.raises(InputError, match="no such file"):
        load_hub("xlam", str(tmp_path / "none.jsonl"))


def test_the_examples_file_is_good():
    assert validate_jsonl(SEEDS) == []
    for example in load_jsonl(SEEDS):
        assert not example.gold or check_calls(example, gold_calls(example)).correct


def test_every_bad_row_is_reported_by_line_and_field(tmp_path):
    good = json.loads(SEEDS.read_text(encoding="utf-8").splitlines()[0])
    rows = [good, good, good | {"id": "b", "gold": [{"name": "nothing", "arguments": {}}]}, {"id": "c"}]
    path = Path(written(tmp_path / "rows.jsonl", *rows))
    with path.open("a", encoding="utf-8") as handle:
        handle.write("{not json\n")
    faults = validate_jsonl(path)
    assert [fault.split(":")[1] for fault in faults] == ["2", "3", "4", "5"]
    assert "gold.0.name" in faults[1]
    assert "tools: missing" in faults[2]
    found = CliRunner().invoke(app, ["validate", str(path)])
    assert found.exit_code == 1
    assert found.output.count("rows.jsonl:") == 4


def test_a_good_file_says_what_it_holds():
    found = CliRunner().invoke(app, ["validate", str(SEEDS)])
    assert found.exit_code == 0
    assert found.output.startswith("5 examples: ")


WEATHER = {"name": "weather", "parameters": {"type": "dict", "properties": {"city": {"type": "string"}}}}
SAID = [{"role": "user", "content": "Weather in Rome?"}]


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ({"id": "simple_python_0", "question": [SAID], "function": [WEATHER]}, "question: a row in BFCL's form"),
        ({"id": "simple_python_0", "ground_truth": [{"weather": {"city": ["Rome"]}}]}, "ground_truth: a row in BFCL's"),
        (
            {"id": "a", "tools": [WEATHER], "messages": SAID, "gold": [{"weather": {"city": ["Rome"]}}]},
            'gold.0: an answer in BFCL\'s form; write {"name": "weather", "arguments": {...}}',
        ),
        (
            {"id": "a", "tools": [WEATHER], "messages": [SAID], "gold": [{"name": "weather", "arguments": {}}]},
            "messages.0: a list of turns",
        ),
    ],
)
def test_rows_in_bfcls_form_are_refused_with_what_to_do(tmp_path, row, named):
    path = written(tmp_path / "rows.jsonl", row)
    refused = CliRunner().invoke(app, ["validate", path])
    assert refused.exit_code == 1
    assert refused.output.startswith(f"{path}:1: {named}")


def test_a_row_of_ones_own_may_keep_bfcls_keys_beside_its_own(tmp_path):
    row = json.loads(SEEDS.read_text(encoding="utf-8").splitlines()[0]) | {"question": [SAID], "function": []}
    assert validate_jsonl(Path(written(tmp_path / "rows.jsonl", row))) == []
