"""The reference's recorded verdicts, in compact form: documents and gold come from the data wheel."""

import gzip
import json
from functools import cache
from pathlib import Path

import pytest

from sparring.checker import grammar_text
from sparring.checker.agreement import Agreement, Oracle, RecordedCase, agreement, read_recorded
from sparring.errors import InputError
from sparring.sources.bfcl import CATEGORIES, load_rows

RECORDED = Path(__file__).parents[2] / "data" / "recorded_verdicts.jsonl.gz"
FORM = ("mode", "return_format", "tool_call_tag", "underscore_to_dot", "language")
MIN_WITHOUT_GRAMMARS = 0.99


@cache
def found(wheel: Path) -> Agreement:
    rows = {category: load_rows(wheel, category) for category in CATEGORIES}
    cases = []
    for line in gzip.decompress(RECORDED.read_bytes()).decode().splitlines():
        kept = json.loads(line)
        row = rows.get(kept["category"], {}).get(kept["id"].split("#")[0], {})
        cases.append(
            RecordedCase(
                id=kept["id"],
                category=kept["category"],
                functions=kept.get("functions", row.get("function")),
                possible_answer=kept.get("gold", row.get("ground_truth")),
                model_output_text=kept["text"],
                oracle=Oracle(valid=kept["valid"], error_type=kept.get("error_type")),
                **({"language": "python"} | {name: kept[name] for name in FORM if name in kept}),
            )
        )
    return agreement(cases)


@pytest.mark.parametrize("group", ["python", "fc"])
def test_every_python_and_fc_verdict_and_error_type_is_the_references(bfcl_wheel, group):
    assert found(bfcl_wheel).verdicts[group].value == 1.0
    assert found(bfcl_wheel).error_types[group].value == 1.0


@pytest.mark.parametrize("group", ["java", "javascript"])
def test_java_and_javascript_agree_exactly_with_the_grammars_and_nearly_without(bfcl_wheel, group):
    wanted = 1.0 if grammar_text.parser("java") is not None else MIN_WITHOUT_GRAMMARS
    assert found(bfcl_wheel).verdicts[group].value >= wanted


def test_nothing_was_left_out(bfcl_wheel):
    assert found(bfcl_wheel).cases == 23_360


def test_a_broken_row_is_named_by_line_and_field(tmp_path):
    path = tmp_path / "cases.jsonl"
    path.write_text('{"id": "a", "category": "simple_python", "language": "cobol"}\n')
    with pytest.raises(InputError, match=r"cases\.jsonl:1: language"):
        list(read_recorded(path))


GOLD = [{"f": {"q": ["a"]}}]
TOOL = {"name": "f", "parameters": {"type": "dict", "properties": {"q": {"type": "string"}}, "required": ["q"]}}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"possible_answer": [{"f": ["a"]}]}, r"possible_answer\.0\.f"),
        ({"possible_answer": [5]}, r"possible_answer\.0"),
        ({"functions": [{"name": "f", "parameters": {"properties": {}, "required": [{}]}}]}, "functions: "),
        ({"functions": 5}, "functions: "),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_an_odd_case_is_named_by_line(tmp_path, changed, reason):
    path = tmp_path / "cases.jsonl"
    case = {"id": "a", "category": "simple", "language": "python", "functions": [TOOL], "possible_answer": GOLD}
    case |= {"model_output_text": "[f(q='a')]", "oracle": {"valid": True}}
    path.write_text(changed if isinstance(changed, str) else json.dumps(case | changed))
    with pytest.raises(InputError, match=rf"cases\.jsonl:1: {reason}"):
        list(read_recorded(path))


@pytest.mark.parametrize(
    "changed",
    [
        {"possible_answer": [{}]},
        {"possible_answer": []},
        {"functions": [{"parameters": TOOL["parameters"]}]},
        {"functions": [TOOL | {"parameters": {"properties": [], "required": []}}]},
        {"functions": [TOOL | {"parameters": {"properties": {}, "required": "q"}}]},
    ],
)
def test_an_example_at_fault_is_no_verdict(changed):
    case = {"id": "a", "category": "simple", "language": "python", "functions": [TOOL], "possible_answer": GOLD}
    case |= {"model_output_text": "[f(q='a')]", "oracle": {"valid": True}}
    found = agreement([RecordedCase.model_validate(case | changed)])
    assert "example error" in found.differing[0]
