"""An error of ours after all rows were asked loses no answer: the next start asks nothing again."""

import threading

import pytest

from sparring.project.audits import Audit
from sparring.project.workspace import Project
from sparring.sources.jsonl import load_jsonl
from sparring.storage import read_jsonl
from sparring.studies.audit import AuditSettings, UnansweredRow
from sparring.targets.settings import TargetSettings
from tasks.auditing import ask_seeds
from tasks.suite import ask_suite, score_suite
from tasks.suite_game import SuiteGame, SuiteSettings
from tests.chat_server import ChatServer

NUM_ROWS = 6


@pytest.fixture
def server():
    def message(question, body):
        return {"content": f'[{{"name": "f", "arguments": {{"q": "{question}"}}}}]'}

    made = ChatServer(lambda question, number, attempt: None, message)
    threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def recipe(params):
    target = params.target.model_copy(update={"dialect": "plain_json"})
    return params.model_copy(update={"target": target})


def fail(*arguments, **named):
    raise ZeroDivisionError("an error of ours")


def where(server):
    return {"base_url": server.url, "model": "m", "key_variable": None, "adapter": None}


@pytest.mark.parametrize(
    "broken", ["sparring.studies.suite.check", "tasks.suite.suite_markdown", "tasks.suite._record"]
)
def test_a_suite_that_broke_while_it_scored_goes_on_without_asking(tmp_path, recipe, rows, server, monkeypatch, broken):
    settings = SuiteSettings(target=TargetSettings(**where(server)), rows=str(rows), categories=[], max_new_tokens=64)
    game = SuiteGame(tmp_path, recipe, "own", settings)
    with monkeypatch.context() as faulty:
        faulty.setattr(broken, fail)
        with pytest.raises(ZeroDivisionError):
            score_suite.fn(game, ask_suite.fn(game))
    assert sum(server.asked.values()) == NUM_ROWS
    answered = ask_suite.fn(SuiteGame(tmp_path, recipe, "own", settings))
    assert sum(server.asked.values()) == NUM_ROWS
    assert len(answered.texts) == NUM_ROWS
    monkeypatch.setattr("tasks.suite._record", lambda game, result: None)  # MLflow's part
    (found,) = score_suite.fn(game, answered).categories.values()
    assert (found.accuracy.count, found.accuracy.total, found.accuracy.not_scored) == (NUM_ROWS, NUM_ROWS, 0)


def test_an_audit_that_broke_while_it_judged_goes_on_without_asking(tmp_path, recipe, rows, server, monkeypatch):
    settings = AuditSettings(**where(server), attacker="rules", seeds=str(rows))
    audit = Audit(Project(tmp_path, recipe), "own", settings)
    ask = ask_seeds.fn.__wrapped__  # without the clock, which looks at the campaign
    with monkeypatch.context() as faulty:
        faulty.setattr("sparring.project.audit_steps.trials_of", fail)
        with pytest.raises(ZeroDivisionError):
            ask(audit)
    asked = sum(server.asked.values())
    ask(audit)
    assert sum(server.asked.values()) == asked == len(load_jsonl(rows))
    assert read_jsonl(audit.bench.file("clean_unanswered"), UnansweredRow) == []
    assert len(audit.bench.file("clean").read_text().splitlines()) == NUM_ROWS
