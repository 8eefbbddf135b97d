"""The reference's recorded verdicts, in compact form: documents and gold come from the data wheel."""

import gzip
import json
from functools import cache
from pathlib import Path

import pytest

from sparring.checker import grammar_text
from sparring.checker.agreement import Agreement, Oracle, RecordedCase, agreement, read_recorded
from sparring.sources.bfcl import CATEGORIES, load_rows
from sparring.storage import InputError

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
