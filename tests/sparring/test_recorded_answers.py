"""Files of recorded answers: their form is found, their ids are of any version of BFCL, and what cannot be read is no score."""

import gzip
import json

import pytest

from sparring.dialects import DIALECTS
from sparring.errors import InputError
from sparring.gold import gold_calls
from sparring.records import Call
from sparring.studies.answer_forms import FORMS
from sparring.studies.result_files import read_results
from sparring.studies.scoring import score_answers
from sparring.studies.suite import bfcl_rows

REFUSAL = "I am sorry, but none of these functions can help with that."


def openai(calls):
    return [{"function": {"name": c.name, "arguments": json.dumps(c.arguments)}, "type": "function"} for c in calls]


def objects(calls):
    return [{"name": call.name, "arguments": call.arguments} for call in calls]


def one_or_more(calls):
    return json.dumps(objects(calls)[0] if len(calls) == 1 else objects(calls))


WRITTEN = {
    "structured": lambda calls: [{call.name: json.dumps(call.arguments)} for call in calls],
    "structured, OpenAI": openai,
    "structured, a message": lambda calls: {"role": "assistant", "content": None, "tool_calls": openai(calls)},
    "structured, Anthropic": lambda calls: [
        {"type": "tool_use", "id": "x", "name": call.name, "input": call.arguments} for call in calls
    ],
    "structured, Gemini": lambda calls: [{"functionCall": {"name": c.name, "args": c.arguments}} for c in calls],
    "tool_calls": lambda calls: "\n" + json.dumps({"tool_calls": objects(calls)}),
    "one object": one_or_more,
    "Python blocks": lambda calls: "\n".join(f"<tool_call>\n{one!r}\n</tool_call>" for one in objects(calls)),
    "functioncall": lambda calls: "\n".join(f"<functioncall> {json.dumps(one)}" for one in objects(calls)),
    "keyed_json": lambda calls: json.dumps([{call.name: call.arguments} for call in calls]),
    "name_line": lambda calls: f"{calls[0].name}\n{json.dumps(calls[0].arguments)}",
    "wrapped_python": lambda calls: "Call: " + DIALECTS["pythonic"].render(calls)[1:-1],
    "escaped": lambda calls: DIALECTS["pythonic"].render(calls).replace("_", "\\_"),
}  # calls as a model of each form writes them


def written(form, calls):
    return WRITTEN[form](calls) if form in WRITTEN else DIALECTS[form].render(calls)


FOUND = {name: name for name in ("pythonic", "hermes", "granite", "functiongemma")} | {
    "mistral": "xlam_json",  # the JSON dialects read each other's lists and objects
    "llama3": "xlam_json",
    "structured": "structured",
    "structured, OpenAI": "structured",
    "structured, a message": "structured",
    "structured, Anthropic": "structured",
    "structured, Gemini": "structured",
    "tool_calls": "xlam_json",
    "one object": "xlam_json",
    "xlam_json": "xlam_json",
    "Python blocks": "hermes",
    "functioncall": "functioncall",
    "keyed_json": "keyed_json",
    "name_line": "name_line",
    "wrapped_python": "wrapped_python",
    "escaped": "wrapped_python",
}


def renamed(calls):
    return [Call(name=call.name.replace(".", "_"), arguments=call.arguments) for call in calls]


def write_results(path, wheel, form, change=lambda calls: calls, categories=("multiple", "irrelevance")):
    """Right answers to every row of two categories."""
    lines = []
    for category in categories:
        for row in bfcl_rows(wheel, [category]):
            calls = change(gold_calls(row))
            lines.append({"id": row.id, "result": written(form, calls) if calls else REFUSAL})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_every_dialect_is_a_form():
    assert DIALECTS.keys() <= FORMS.keys()


@pytest.mark.parametrize("change", [list, renamed])
@pytest.mark.parametrize("form", sorted(FOUND))
def test_the_form_of_a_file_is_found_and_its_right_answers_score_one(bfcl_wheel, tmp_path, form, change):
    path = write_results(tmp_path / "results.jsonl", bfcl_wheel, form, change)
    scored = score_answers(read_results([path]).answers, bfcl_wheel)
    assert scored.form.form.name == FOUND[form]
    assert scored.form.renamed == (change is renamed)
    wrong = [(row_id, verdict.detail) for row_id, verdict in scored.verdicts.items() if not verdict.correct]
    assert len(wrong) <= 4, wrong
    assert scored.scores["irrelevance"].accuracy.value == 1.0


def test_a_tools_own_name_is_right_among_names_with_underscores(bfcl_wheel, tmp_path):
    path = write_results(tmp_path / "r.jsonl", bfcl_wheel, "hermes", renamed, ["multiple"])
    lines = path.read_text().splitlines()
    assert "triangle_properties_get" in lines[0]
    lines[0] = lines[0].replace("triangle_properties_get", "triangle_properties.get")
    path.write_text("\n".join(lines))
    assert score_answers(read_results([path]).answers, bfcl_wheel).scores["multiple"].accuracy.value == 1.0


@pytest.mark.parametrize(
    "make",
    [
        lambda call: f"@@{call.name}@@ {{{json.dumps(call.arguments)}}} <tool_call>",
        lambda call: f"Action: {call.name}\nAction Input: {json.dumps(call.arguments)}",
        lambda call: f"<|call|>{call.name}<|args|>{json.dumps(call.arguments)}",
    ],
)
@pytest.mark.parametrize("dialect", [None, "hermes", "pythonic"])
def test_answers_that_cannot_be_read_are_no_score(bfcl_wheel, tmp_path, make, dialect):
    answers = texts(bfcl_wheel, tmp_path, make)
    with pytest.raises(InputError, match=r"(none of the 200 answers|answers hold calls).*--dialect"):
        score_answers(answers, bfcl_wheel, dialect)


@pytest.mark.parametrize("make", [lambda call: f"I would call {call.name} now.", lambda call: "What do you mean?"])
def test_prose_alone_is_a_score_only_of_a_form_that_the_user_names(bfcl_wheel, tmp_path, make):
    answers = texts(bfcl_wheel, tmp_path, make)
    with pytest.raises(InputError, match=r"none of the 200 answers gives a call.*--dialect"):
        score_answers(answers, bfcl_wheel)
    assert score_answers(answers, bfcl_wheel, "hermes").scores["multiple"].failures == {"no_call": 200}


def texts(wheel, folder, make):
    """Answers to every row of a category, made from the right call."""
    lines = [json.dumps({"id": row.id, "text": make(gold_calls(row)[0])}) for row in bfcl_rows(wheel, ["multiple"])]
    (folder / "r.jsonl").write_text("\n".join(lines))
    return read_results([folder / "r.jsonl"]).answers


def test_a_form_that_does_not_exist_is_refused_with_those_that_do(bfcl_wheel, tmp_path):
    path = write_results(tmp_path / "r.jsonl", bfcl_wheel, "hermes")
    with pytest.raises(InputError, match="dialect 'herms': allowed: structured, pythonic, hermes"):
        score_answers(read_results([path]).answers, bfcl_wheel, "herms")


def test_one_answer_that_cannot_be_read_is_a_wrong_answer_among_others(bfcl_wheel, tmp_path):
    path = write_results(tmp_path / "r.jsonl", bfcl_wheel, "hermes")
    lines = path.read_text().splitlines()
    lines[3] = json.dumps({"id": "multiple_3", "result": '<tool_call>\n{"name": "f", "argu'})
    path.write_text("\n".join(lines))
    scored = score_answers(read_results([path]).answers, bfcl_wheel)
    assert scored.scores["multiple"].failures == {"unparseable": 1}
    assert scored.form.unread == 1


@pytest.mark.parametrize(
    ("name", "line", "row_id"),
    [
        ("r.jsonl", {"id": "simple_7"}, "simple_python_7"),
        ("r.jsonl", {"id": "multiple_function_3"}, "multiple_3"),
        ("r.jsonl", {"id": "parallel_multiple_function_3"}, "parallel_multiple_3"),
        ("r.jsonl", {"id": "java_3"}, "simple_java_3"),
        ("r.jsonl", {"id": "relevance_5"}, "irrelevance_5"),
        ("r.jsonl", {"id": "live_relevance_2-2-0"}, "live_relevance_2-2-0"),
        ("r.jsonl", {"file": "parallel_function", "idx": 12}, "parallel_12"),
        ("r.jsonl", {"file": "simple", "idx": "12"}, "simple_python_12"),
        ("r.jsonl", {"file": "javascript", "idx": "javascript_2"}, "simple_javascript_2"),
        ("gorilla_openfunctions_v1_test_relevance_result.json", {"idx": 4}, "irrelevance_4"),
        ("BFCL_v3_multiple_result.json", {"id": 9, "input_token_count": 12}, "multiple_9"),
        ("BFCL_v4_simple_python_result.json.gz", {"id": "simple_python_1"}, "simple_python_1"),
    ],
)
def test_ids_of_every_version_are_read(tmp_path, name, line, row_id):
    path = tmp_path / name
    content = (json.dumps(line | {"result": "[f()]"}) + "\n").encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    (answer,) = read_results([path]).answers
    assert answer.id == row_id


def test_odd_lines_are_left_out_by_line_field_and_reason(tmp_path):
    good = [json.dumps({"id": f"multiple_{number}", "result": "[f()]"}) for number in range(20)]
    odd = ["{broken", "[1]", '{"result": "x"}', '{"id": true, "result": "x"}', '{"id": "multiple_30"}']
    odd += ['{"idx": 3, "result": "x"}', '{"id": "what is it", "result": "x"}', good[0]]
    rest = ['{"id": "exec_simple_3", "result": "x"}', '{"id": "multi_turn_base_0", "result": []}']
    path = tmp_path / "r.jsonl"
    path.write_text("\n".join([*good, *odd, *rest]))
    found = read_results([path])
    assert len(found.answers) == 20
    assert [fault.partition("r.jsonl:")[2] for fault in found.faulty] == [
        "21: not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        "22: no JSON object",
        "23: idx: missing",
        "24: id: neither text nor a number",
        "25: text: neither `text` nor `result` is given",
        "26: idx: 3 has no category, and neither `file` nor the file's name tells it",
        "27: id: 'what is it' is no id of BFCL's",
        "28: id: multiple_0 stands twice",
    ]
    assert found.elsewhere == {"exec_simple": 1, "multi_turn_base": 1}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "holds no answer"),
        (b'{"id": "multiple_0", "result": "x"}\n{\n{\n', "2 of 3 lines are no answers; first .*r.jsonl:2: not JSON"),
        (b'{"id": "exec_simple_3", "result": "x"}', "no row of a single-turn category: exec_simple"),
        (b"\x1f\x8bbroken", "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
    ],
)
def test_a_file_without_answers_is_refused(tmp_path, content, reason):
    (tmp_path / "r.jsonl").write_bytes(content)
    with pytest.raises(InputError, match=reason):
        read_results([tmp_path / "r.jsonl"])


def test_rows_that_nobody_answered_and_rows_of_yesterday_are_counted_apart(bfcl_wheel, tmp_path):
    path = write_results(tmp_path / "r.jsonl", bfcl_wheel, "pythonic", categories=["multiple"])
    lines = path.read_text().splitlines()
    lines[0] = '{"id": "multiple_0", "result": null}'
    path.write_text("\n".join([*lines, '{"id": "multiple_9999", "result": "[f()]"}']))
    scored = score_answers(read_results([path]).answers, bfcl_wheel)
    assert (scored.scores["multiple"].unanswered, scored.scores["multiple"].accuracy.total) == (1, 199)
    assert scored.unknown == ["multiple_9999"]


def test_prose_is_a_call_that_was_not_made(bfcl_wheel, tmp_path):
    path = write_results(tmp_path / "r.jsonl", bfcl_wheel, "pythonic", categories=["multiple"])
    lines = path.read_text().splitlines()
    lines[0] = json.dumps({"id": "multiple_0", "result": REFUSAL})
    path.write_text("\n".join(lines))
    assert score_answers(read_results([path]).answers, bfcl_wheel).scores["multiple"].failures == {"no_call": 1}
