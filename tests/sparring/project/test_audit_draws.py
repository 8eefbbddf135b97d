"""A night draws attacks of its own on the same requests; the same night draws the same ones again."""

import json

import pytest

from sparring.project.audit_steps import play
from sparring.project.audits import open_audit
from sparring.records import Attack, Trial
from sparring.storage import read_jsonl
from sparring.studies.audit import AUDIT, RULES, AuditChoices, AuditSettings
from tests.chat_server import answering
from tests.conftest import ROOT

FILE = ROOT / "examples" / "twelve_tools.jsonl"


@pytest.fixture(scope="module")
def server():
    """Answers every labelled query rightly and anything else with no call, as text."""
    from sparring.dialects import DIALECTS
    from sparring.gold import gold_calls
    from sparring.sources.jsonl import load_jsonl

    known = {row.query: DIALECTS["pythonic"].render(gold_calls(row)) for row in load_jsonl(FILE)}
    with answering(lambda messages: known.get(messages[-1]["content"], "[]")) as made:
        yield made


def played(root, server, name, **settings):
    """Attacks, untouched trials and changed tools of an audit."""
    asked = AuditSettings(
        base_url=server.url, model="tiny", key_variable=None, adapter=None, attacker=RULES, seeds=str(FILE), **settings
    )
    choices = AuditChoices(dialect="pythonic", seeds=8, no_call_seeds=4, attacks_per_seed=2)
    audit = open_audit(root, name, asked, choices)
    play(audit, choices)
    folder = audit.folder / "data" / "rounds" / AUDIT
    attacks = [trial.attack for trial in read_jsonl(folder / "trials.jsonl", Trial)]
    clean = [trial.attack.example_id for trial in read_jsonl(folder / "clean.jsonl", Trial)]
    changed = [trial.attack for trial in read_jsonl(folder / "schema.jsonl", Trial)]
    return attacks, clean, changed


def texts(attacks: list[Attack]):
    return {(attack.example_id, attack.text) for attack in attacks}


def test_another_draw_attacks_the_same_requests_otherwise_and_the_same_one_alike(server, tmp_path):
    first, seeds, tools = played(tmp_path, server, "nightly-1", draw=1)
    again, seeds_again, tools_again = played(tmp_path, server, "nightly-1b", draw=1)
    other, other_seeds, other_tools = played(tmp_path, server, "nightly-2", draw=2)
    assert seeds == seeds_again == other_seeds
    assert texts(first) == texts(again)
    assert [one.strategy for one in tools] == [one.strategy for one in tools_again]
    assert {id for id, _ in texts(first)} == {id for id, _ in texts(other)}
    assert len(texts(first) & texts(other)) < len(texts(first)) / 4
    assert len(tools) == len(other_tools)


def test_an_audit_without_a_draw_is_kept_as_it_always_was(server, tmp_path):
    played(tmp_path, server, "plain")
    kept = json.loads((tmp_path / "audits" / "plain" / ".work" / "settings.json").read_text())
    assert "draw" not in kept
    played(tmp_path, server, "drawn", draw=738_000)
    assert json.loads((tmp_path / "audits" / "drawn" / ".work" / "settings.json").read_text())["draw"] == 738_000
