"""The champion's answers to changed tools: taken from its own round, and equal to those it gives when asked anew."""

import pytest

from sparring.attacker.changed_tools import under_other_tools
from sparring.records import Trial, by_id
from sparring.storage import read_jsonl
from tasks import schema_trials as tried
from tasks.evaluation import heldout_seeds
from tasks.players import target
from tasks.rounds import open_round

pytestmark = pytest.mark.timeout(1200)  # the fixture plays whole rounds, on a machine that may be busy


def test_what_the_champions_round_kept_is_what_it_answers(reproduced, monkeypatch):
    played = open_round(reproduced, "r01", "r00")
    seeds, champion = heldout_seeds(played), target(played.project, played.champion.target_adapter)
    asked = []
    complete = tried.complete
    monkeypatch.setattr(tried, "complete", lambda attacks, *given: asked.extend(attacks) or complete(attacks, *given))
    kept = tried.champions_schema_trials(played, champion, seeds)
    assert kept == read_jsonl(played.paths.file("schema_before.jsonl"), Trial)
    assert kept
    assert not asked
    assert kept == tried.schema_trials(played, champion, seeds)
    assert len(asked) == len(kept)


def _read(example):
    """The tools as a model reads them: the order of parameters is part of it."""
    return [tool.model_dump_json() for tool in example.tools]


def test_a_schema_attack_that_leaves_the_tools_as_they_are_is_none(reproduced):
    played = open_round(reproduced, "r01", "r00")
    seeds = by_id(heldout_seeds(played))
    others = [tool for example in played.project.examples("val") for tool in example.tools]
    attacks = [trial.attack for trial in read_jsonl(played.paths.file("schema.jsonl"), Trial)]
    assert attacks
    for attack in attacks:
        seed = seeds[attack.example_id]
        changed = under_other_tools(attack, seed, others)
        assert _read(changed) != _read(seed), attack.strategy


def test_seeds_that_its_round_did_not_attack_are_asked(reproduced, monkeypatch):
    played = open_round(reproduced, "r01", "r00")
    seeds = heldout_seeds(played)
    monkeypatch.setattr(tried, "ask_changed", lambda *given: "asked anew")
    others = [
        example
        for example in played.project.examples("val")
        if example.gold and example.id not in {s.id for s in seeds}
    ]
    assert tried.champions_schema_trials(played, None, [*others[:1], *seeds]) == "asked anew"
