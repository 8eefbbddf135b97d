"""A row whose gold is not right in the run's dialect is left out by name; too many faulty rows refuse the file."""

import json

import pytest

from sparring.dialects import DIALECTS, fault_of_row
from sparring.errors import InputError
from sparring.studies.own_rows import load_own_rows

TOOL = {"name": "say", "parameters": {"type": "object", "properties": {"text": {"type": "string"}}}}


def row(name, text):
    return {
        "id": name,
        "tools": [TOOL],
        "messages": [{"role": "user", "content": "say it"}],
        "gold": [{"name": "say", "arguments": {"text": text}}],
    }


def written(path, *rows):
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    return path


def test_gold_that_a_dialect_cannot_write_is_left_out_by_name(tmp_path, capsys):
    path = written(tmp_path / "rows.jsonl", row("plain", "hello"), row("marked", "a <escape> b"))
    kept = load_own_rows(path, DIALECTS["functiongemma"], 0.5)
    assert [example.id for example in kept] == ["plain"]
    assert "rows.jsonl: marked: " in capsys.readouterr().err
    assert len(load_own_rows(path, DIALECTS["hermes"], 0.0)) == 2


def test_more_faulty_rows_than_the_limit_refuse_the_file(tmp_path):
    path = written(tmp_path / "rows.jsonl", row("good", "hello"), {"id": "odd"}, row("marked", "a <escape> b"))
    with pytest.raises(InputError, match=r"2 of 3 rows are faulty, data.max_rejected is 0.5; .*rows.jsonl:2: tools"):
        load_own_rows(path, DIALECTS["functiongemma"], 0.5)
    assert len(load_own_rows(path, DIALECTS["functiongemma"], 0.7)) == 1


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_gold_that_fails_its_own_check_does_not_survive(make_weather, dialect):
    assert fault_of_row(make_weather(), DIALECTS[dialect]) is None
    faulty = make_weather()
    faulty.tools[0].parameters["required"] = ["city", "unit"]
    assert "lacks unit" in fault_of_row(faulty, DIALECTS[dialect])


def test_a_row_that_wants_any_call_has_no_gold_to_write(make_weather):
    example = make_weather().model_copy(update={"category": "live_relevance", "gold": []})
    assert fault_of_row(example, DIALECTS["pythonic"]) is None
