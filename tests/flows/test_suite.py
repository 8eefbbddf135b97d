"""A suite on an endpoint that knows the answers, and on a local model with own rows; a second start asks nothing again."""

import json
import sys
import threading

import pytest

from sparring.dialects import DIALECTS
from sparring.gold import gold_calls
from sparring.records import Example
from sparring.storage import read_jsonl, write_text
from sparring.suite import SuiteResult, bfcl_rows
from tests.chat_server import ChatServer
from tests.running import run

pytestmark = pytest.mark.timeout(600)
COMMAND = (sys.executable, "-m", "flows.suite")


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


def test_own_rows_and_a_local_model_go_on_from_the_journal(pristine, reproduced):
    rows = read_jsonl(reproduced / "data" / "splits" / "val.jsonl", Example)[:6]
    own = pristine.with_name("own.jsonl")
    write_text(own, "".join(json.dumps(as_openai(row)) + "\n" for row in rows))
    command = (*COMMAND, "local", "--checkpoint", str(reproduced / "models" / "base"), "--rows", str(own))
    command = (*command, "--adapter", str(reproduced / "models" / "r00" / "target"), "--max-new-tokens", "16")
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
        "gold": [{"name": call.name, "arguments": call.arguments} for call in row.gold],
    }
