"""The champion's answers to changed tools: taken from its own round, and equal to those it gives when asked anew."""

import pytest

from sparring.records import Trial
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


def test_seeds_that_its_round_did_not_attack_are_asked(reproduced, monkeypatch):
    played = open_round(reproduced, "r01", "r00")
    seeds = heldout_seeds(played)
    monkeypatch.setattr(tried, "schema_trials", lambda *given: "asked anew")
    others = [
        example
        for example in played.project.examples("val")
        if example.gold and example.id not in {s.id for s in seeds}
    ]
    assert tried.champions_schema_trials(played, None, [*others[:1], *seeds]) == "asked anew"
