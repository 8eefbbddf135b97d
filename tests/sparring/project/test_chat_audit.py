"""An audit that a chat model attacks and readers judge, all of them on one server, without any model of this machine."""

import json
import threading

import pytest

from sparring.errors import InputError
from sparring.project.audit_steps import play
from sparring.project.audits import open_audit
from sparring.records import Trial
from sparring.storage import read_jsonl, write_jsonl, write_text
from sparring.studies.audit import AuditChoices, AuditSettings
from tests.chat_server import ChatServer
from tests.conftest import ROOT, weather
from tests.tiny import make_encoder

CITIES = ("Paris", "Rome", "Oslo")
UNREAD = "Oslo"  # the city that the reader does not know


def says(question, body):
    """As `writer` a rewrite, two of each kind of number; as `reader` and `audited` the call, unless it cannot."""
    if body["model"] == "writer":
        request = question.rpartition("The request:\n")[2].partition("\n")[0]
        return f"Ann asks this, number {body['seed']}: {request}" if body["seed"] % 2 else f"Ann asks: {request}"
    city = next(name for name in CITIES if name in question)
    failing = (body["model"] == "reader" and city == UNREAD) or (body["model"] == "audited" and "Ann" in question)
    return "[]" if failing else f"[get_weather(city='{city}', days=3)]"


@pytest.fixture
def server():
    made = ChatServer(lambda question, number, attempt: None, lambda question, body: {"content": says(question, body)})
    threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def project(tmp_path, server):
    seeds = [weather(f"w{number}", city) for number, city in enumerate(CITIES)]
    write_jsonl(tmp_path / "data" / "splits" / "test.jsonl", seeds)
    make_encoder(tmp_path / "models" / "embedding")
    endpoint = {
        "base_url": server.url, "model": "writer", "key_variable": None, "concurrency": 2, "timeout_s": 20.0,
        "max_attempts": 1, "max_requests": None, "max_tokens": None, "max_new_tokens": 99, "best_of": 2,
    }  # fmt: skip
    readers = {"models": [{"base_url": server.url, "model": "reader"}], "agree": 1}
    text = (ROOT / "params.yaml").read_text(encoding="utf-8").replace("dtype: auto", "dtype: float32")
    text = text.replace("action: program ", "action: rewrite ").replace(
        "endpoint: null", f"endpoint: {json.dumps(endpoint)}"
    )
    write_text(tmp_path / "params.yaml", text.replace("readers: null", f"readers: {json.dumps(readers)}"))
    return tmp_path


def settings(server, attacker="endpoint"):
    return AuditSettings(
        base_url=server.url, model="audited", key_variable=None, adapter=None, attacker=attacker, seeds="test"
    )


def test_a_chat_model_attacks_readers_judge_and_nothing_is_asked_twice(project, server):
    audit = open_audit(project, "chat", settings(server), AuditChoices())
    result = play(audit, AuditChoices())
    trials = read_jsonl(audit.paths.file("trials.jsonl"), Trial)
    assert len(trials) == 2 * len(CITIES)
    assert {trial.attack.strategy for trial in trials} == {"rewrite"}
    assert [trial.rejected_by for trial in trials if UNREAD in trial.attack.query] == ["unread"] * 2
    assert all(trial.success for trial in trials if UNREAD not in trial.attack.query)
    assert result.rejections == {"unread": 2}
    asked = sum(server.served.values())
    again = open_audit(project, "chat", settings(server), AuditChoices())
    assert play(again, AuditChoices()).rates == result.rates
    assert sum(server.served.values()) == asked


def test_a_chat_model_attacks_in_no_query_models_name_and_none_where_the_recipe_has_none(project, server):
    (project / "models" / "base").mkdir()
    (project / "models" / "r00" / "query").mkdir(parents=True)
    with pytest.raises(InputError, match="give --attacker endpoint"):
        open_audit(project, "other", settings(server, "r00"), AuditChoices())
    lines = (project / "params.yaml").read_text(encoding="utf-8").splitlines()
    without = [line for line in lines if not line.startswith("  endpoint:")]
    write_text(project / "params.yaml", "\n".join(without))
    with pytest.raises(InputError, match=r"params\.yaml names none: query_model\.endpoint"):
        open_audit(project, "none", settings(server), AuditChoices())
