"""Recorded answers in the form in which an API gave them: its whole reply, its message, or the message's parts."""

import json
from contextlib import suppress
from pathlib import Path

import pytest

from sparring.checker import ParseError
from sparring.studies.answer_forms import FORMS

LINES = (Path(__file__).parents[2] / "cases" / "api_replies.jsonl").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("case", map(json.loads, LINES), ids=lambda case: case["id"])
def test_the_calls_of_a_reply_are_read_and_its_words_are_none(case):
    read = FORMS["structured"].read
    if case["expected"] == "refuse":
        with pytest.raises(ParseError):
            read(case["output"], "python")
    else:
        assert json.loads(json.dumps(read(case["output"], "python"))) == case["expected"]


@pytest.mark.parametrize(
    "output", [{"type": {}}, {"type": []}, [{"type": ["text"]}], {"content": [{"type": {}}], "role": "assistant"}]
)
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_reply_of_no_known_form_is_refused_or_names_a_call(form, output):
    with suppress(ParseError):
        assert {name for name, _ in form.read(output, "python")} <= {"type"}
