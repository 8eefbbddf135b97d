"""Small made rounds: a baseline r00 and a round r01 that its target lost or won, on weather seeds."""

from pathlib import Path

import pytest

from sparring.records import Attack, Completion, Failure, RoundResult, Trial, Verdict
from sparring.report.rounds import PlayedRound
from sparring.statistics import rate
from sparring.storage import write_jsonl, write_text

RIGHT = Verdict(correct=True)
NO_CALL = Verdict(False, Failure.NO_CALL, "simple_function_checker:wrong_count", "expected 1 calls, got 0")
WRONG_CITY = Verdict(False, Failure.WRONG_VALUE, "value_error:string", "expected Paris", call=0, argument="city")
WRONG_DAYS = Verdict(False, Failure.WRONG_VALUE, "value_error:others", "expected 3", call=0, argument="days")
SPOILT = Verdict(correct=False, example_error="the gold is broken")


def make_trial(
    name, verdict=RIGHT, seed="w1", query=None, strategy="chatty", answer="[]", rejected_by=None, round="r01"
):
    attack = Attack(
        id=name, example_id=seed, query=query or f"rewritten {name}", strategy=strategy, round=round, seed=0
    )
    if rejected_by:
        return Trial(attack=attack, completions=[], rejected_by=rejected_by, verdicts=[])
    completion = Completion(attack_id=name, sample=0, text=answer)
    return Trial(attack=attack, completions=[completion], rejected_by=None, verdicts=[verdict])


def make_result(name, after=None, rates=None, **values):
    fields = {
        "round": name, "after": after, "seed": 0, "counts": {}, "rates": rates or {}, "comparisons": {}, "rejections": {},
        "operators": {}, "failures": [], "rewards": {}, "curves": {}, "payoffs": {}, "seconds": {}, "inputs": {}, "versions": {},
        "promoted": None if after is None else True, "champion": name, "verdict": "baseline", "mlflow_run_id": None,
    }  # fmt: skip
    return RoundResult.model_validate({**fields, **values})


def make_played(name, after=None, training=(), before=(), heldout=(), untouched=(), **values):
    return PlayedRound(make_result(name, after, **values), list(training), list(before), list(heldout), list(untouched))


def write_rounds(root: Path, rounds, seeds):
    """The rounds as files, the way a flow leaves them."""
    write_jsonl(root / "data" / "splits" / "train.jsonl", seeds)
    write_jsonl(root / "data" / "splits" / "val.jsonl", [])
    for played in rounds:
        folder = root / "data" / "rounds" / played.result.round
        write_jsonl(folder / "clean.jsonl", played.untouched)
        write_jsonl(folder / "heldout.jsonl", played.heldout)
        if played.result.after is not None:
            write_jsonl(folder / "trials.jsonl", played.training)
            write_jsonl(folder / "heldout_before.jsonl", played.heldout_before)
        write_text(folder / "round.json", played.result.model_dump_json())


def make_two_rounds():
    """Four training attacks (three scored, two lost), two held-out ones (one fixed), untouched rows under both."""
    baseline = make_played(
        "r00",
        untouched=[make_trial("u0", NO_CALL), *(make_trial(f"u{i}") for i in range(1, 4))],
        rates={"clean_accuracy": rate(3, 4), "heldout_success": rate(0, 0)},
        rejections={"malformed": 2},
    )
    followed = make_played(
        "r01",
        after="r00",
        training=[
            make_trial("a", NO_CALL),
            make_trial("b", WRONG_DAYS, strategy="hedge"),
            make_trial("c"),
            make_trial("d", rejected_by="leak"),
        ],
        before=[make_trial("h1", NO_CALL), make_trial("h2")],
        heldout=[make_trial("h1"), make_trial("h2", WRONG_CITY)],
        untouched=[make_trial(f"u{i}") for i in range(4)],
        rates={"clean_accuracy": rate(4, 4), "heldout_success": rate(1, 2), "heldout_success_before": rate(1, 2)},
        rejections={"leak": 1},
        rewards={"total_first_quarter": 0.1, "total_last_quarter": 0.3},
        operators={"hedge": {"valid": rate(1, 1), "success": rate(0, 0)}},
        verdict="won: attack success fell",
    )
    return [baseline, followed]


@pytest.fixture(scope="session")
def make():
    """The makers above, by name: fixtures are what test files of one folder can share."""

    class Make:
        trial = staticmethod(make_trial)
        result = staticmethod(make_result)
        played = staticmethod(make_played)
        write = staticmethod(write_rounds)
        two_rounds = staticmethod(make_two_rounds)
        right, no_call, wrong_city, wrong_days, spoilt = RIGHT, NO_CALL, WRONG_CITY, WRONG_DAYS, SPOILT

    return Make


@pytest.fixture
def two_rounds():
    return make_two_rounds()
