"""A suite on an endpoint that knows the answers, and on a local model with own rows; a second start asks nothing again."""

import json
import sys
import threading

import pytest

from sparring.dialects import DIALECTS
from sparring.gold import gold_calls
from sparring.records import Example
from sparring.storage import read_jsonl, write_text
from sparring.studies.suite import SuiteResult, bfcl_rows
from tests.chat_server import ChatServer
from tests.running import run

pytestmark = pytest.mark.timeout(600)
COMMAND = (sys.executable, "-m", "flows.suite")
CUT = {"content": "[get_", "finish_reason": "length"}


@pytest.fixture
def knowing(bfcl_wheel):
    known = {row.query: row for row in bfcl_rows(bfcl_wheel, ["simple_python"])}

    def message(question, body):
        return {"content": DIALECTS["pythonic"].render(gold_calls(known[question]))}

    server = ChatServer(lambda question, number, attempt: "500" if number % 7 == 0 else None, message)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def scores(root, name):
    return SuiteResult.model_validate_json((root / "suites" / name / "scores.json").read_text())


def test_an_endpoint_is_asked_once_a_row(pristine, knowing, bfcl_wheel, monkeypatch):
    monkeypatch.setenv("SPARRING_WHEELS", str(bfcl_wheel.parent))
    command = (*COMMAND, "right", "--base-url", knowing.url, "--model", "knowing", "--categories", "simple_python")
    run(pristine, *command)
    found = scores(pristine, "right")
    assert found.categories["simple_python"].accuracy.value > 0.99
    assert found.categories["simple_python"].accuracy.total == found.cost.answered == 400
    assert found.cost.tokens
    assert found.cost.seconds_median is not None
    asked = sum(knowing.served.values())
    result = pristine / "suites" / "right" / "result" / "BFCL_v4_simple_python_result.json"
    assert {"id", "result"} == set(json.loads(result.read_text().splitlines()[0]))
    assert "accuracy" in run(pristine, "sparring", "check", str(result)).stdout
    run(pristine, *command)
    assert sum(knowing.served.values()) == asked
    assert scores(pristine, "right") == found


@pytest.fixture
def structured(bfcl_wheel):
    """An endpoint that answers rightly in structured calls, under the names that it was shown."""
    known = {row.query: row for row in bfcl_rows(bfcl_wheel, ["multiple", "simple_java"])}

    def message(question, body):
        calls = gold_calls(known[question])
        shown = {tool["function"]["name"] for tool in body["tools"]}
        names = [call.name.replace(".", "_") for call in calls]
        assert set(names) <= shown
        functions = [
            {"name": name, "arguments": json.dumps(call.arguments)} for name, call in zip(names, calls, strict=True)
        ]
        return {"content": None, "tool_calls": [{"type": "function", "function": each} for each in functions]}

    server = ChatServer(lambda question, number, attempt: None, message)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("dialect", ["hermes", "xlam_json", "mistral"])
def test_structured_calls_of_dotted_tools_are_right_and_check_says_the_same(
    pristine, structured, bfcl_wheel, monkeypatch, dialect
):
    monkeypatch.setenv("SPARRING_WHEELS", str(bfcl_wheel.parent))
    asked = (f"dotted-{dialect}", "--base-url", structured.url, "--model", "knowing", "--dialect", dialect)
    run(pristine, *COMMAND, *asked, "--categories", "multiple", "--rows-per-category", "100")
    found = scores(pristine, f"dotted-{dialect}").categories["multiple"]
    assert (found.accuracy.value, found.accuracy.total, found.unanswered) == (1.0, 100, 0)
    result = pristine / "suites" / f"dotted-{dialect}" / "result" / "BFCL_v4_multiple_result.json"
    checked = run(pristine, "sparring", "check", str(result)).stdout
    assert "form: structured (structured calls; found; underscores for dots in names): 100 of 100" in checked
    assert "1.0000" in checked


def test_a_suite_that_cannot_end_within_its_limits_says_so_before_it_asks(
    pristine, structured, bfcl_wheel, monkeypatch
):
    monkeypatch.setenv("SPARRING_WHEELS", str(bfcl_wheel.parent))
    asked = ("limited", "--base-url", structured.url, "--model", "knowing", "--dialect", "hermes")
    refused = run(pristine, *COMMAND, *asked, "--categories", "multiple", "--max-requests", "150", expect=2)
    assert "200 rows are to be asked, --max-requests allows 150" in refused.stderr
    assert "--rows-per-category 150" in refused.stderr
    assert not structured.asked


def test_why_rows_have_no_answer_is_on_the_screen(pristine, bfcl_wheel, monkeypatch):
    monkeypatch.setenv("SPARRING_WHEELS", str(bfcl_wheel.parent))
    server = ChatServer(lambda question, number, attempt: None, lambda question, body: CUT)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    asked = ("cut", "--base-url", server.url, "--model", "cut", "--categories", "multiple", "--rows-per-category", "5")
    done = run(pristine, *COMMAND, *asked, expect=3)
    server.shutdown()
    server.server_close()
    assert "- no answer: 5 x cut at 256 tokens (finish_reason: length)" in done.stdout


def test_own_rows_and_a_local_model_go_on_from_the_journal(pristine, reproduced):
    rows = read_jsonl(reproduced / "data" / "splits" / "val.jsonl", Example)[:6]
    own = pristine.with_name("own.jsonl")
    write_text(own, "".join(json.dumps(as_openai(row)) + "\n" for row in rows))
    command = (*COMMAND, "local", "--checkpoint", str(reproduced / "models" / "base"), "--rows", str(own))
    command = (*command, "--adapter", str(reproduced / "models" / "r00" / "target"), "--max-new-tokens", "64")
    run(pristine, *command)
    found = scores(pristine, "local")
    assert found.cost.answered == len(rows)
    journal = pristine / "suites" / "local" / "journal.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(lines[:3]))
    again = run(pristine, *command)
    assert f"3 of {len(rows)} rows are in the journal" in again.stderr
    assert len(journal.read_text().splitlines()) == len(rows)
    assert scores(pristine, "local").categories == found.categories
    refused = run(pristine, *command, "--dialect", "hermes", expect=2)
    assert "holds a suite with other settings (dialect)" in refused.stderr


def as_openai(row):
    functions = [{"name": t.name, "description": t.description, "parameters": t.parameters} for t in row.tools]
    return {
        "id": row.id,
        "tools": [{"type": "function", "function": function} for function in functions],
        "messages": [{"role": m.role, "content": m.content} for m in row.messages],
        "gold": [{"name": call.name, "arguments": call.arguments} for call in gold_calls(row)],
    }
