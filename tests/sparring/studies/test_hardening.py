"""Hardening arms compared: by cluster, corrected over all comparisons, unscored rows left out."""

import pytest

from sparring.operators import OPERATORS
from sparring.records import Attack, Completion, Trial, Verdict
from sparring.studies.hardening import (
    ARMS,
    BASE,
    DIALLED,
    MEASURES,
    UNSEEN,
    compare_hardened,
    control_of,
    hardening_table,
    power_text,
)


def trial(example_id, correct, rejected=None, fault=None, failure=None):
    attack = Attack(id=f"a{example_id}", example_id=example_id, query="q", strategy="x", round="r", seed=1)
    verdict = Verdict(correct=correct, example_error=fault, failure=failure)
    return Trial(attack=attack, completions=[Completion(attack_id=attack.id, sample=0, text="t")],
                 rejected_by=rejected, verdicts=[verdict])  # fmt: skip


@pytest.fixture
def examples(make_weather):
    return {f"w{n}": make_weather(f"w{n}") for n in range(20)}


def outcome(results, arm, measure):
    return next(each for each in results if (each.arm, each.measure) == (arm, measure))


def test_fewer_lost_attacks_are_found_and_tested_by_seed(examples):
    weak = [trial(name, correct=False) for name in examples for _ in range(2)]
    strong = [trial(name, correct=True) for name in examples for _ in range(2)]
    found = compare_hardened({"base": {"met": weak}, "clean": {"met": weak}, "own": {"met": strong}}, examples, 17)
    compared = outcome(found, "own", "met")
    assert compared.rate.value == 0.0
    assert (compared.from_base.mean, compared.from_control.mean) == (-1.0, -1.0)
    assert max(compared.from_base.p_value, compared.from_control.p_value) < 0.002
    base, control = outcome(found, "base", "met"), outcome(found, "clean", "met")
    assert (base.from_base, base.from_control, control.from_control) == (None, None, None)
    assert control.from_base.p_value == 1.0
    assert "-1.000" in hardening_table(found)


def test_what_attacks_won_by_is_told_by_kind_of_seed(examples):
    examples["n1"] = examples["w1"].model_copy(update={"id": "n1", "gold": [], "category": "irrelevance"})
    lost = [trial(name, False, failure=failure) for name, failure in
            [("w1", "wrong_value"), ("w2", "unparseable"), ("w3", "unparseable"), ("n1", "unwanted_call")]]  # fmt: skip
    rows = [*lost, trial("w4", True), trial("w5", False, rejected="length", failure="no_call")]
    found = compare_hardened({"base": {"met": rows, "live": rows}}, examples, 17)
    assert outcome(found, "base", "met").won_by == {
        "call": {"unparseable": 2, "wrong_value": 1},
        "no_call": {"unwanted_call": 1},
    }
    assert outcome(found, "base", "live").won_by == {}


def test_what_was_rejected_or_cannot_be_scored_counts_nowhere(examples):
    rows = [
        trial("w1", True),
        trial("w2", False, rejected="length"),
        trial("w3", False, fault="no gold"),
        trial("w4", True),
    ]
    found = compare_hardened({"base": {"met": rows}, "own": {"met": [trial(n, True) for n in examples]}}, examples, 17)
    assert (outcome(found, "base", "met").rate.count, outcome(found, "base", "met").rate.total) == (0, 2)


def test_arms_that_are_many_are_corrected_over_one_measure(examples):
    rows = [trial(name, correct=int(name[1:]) % 2 == 0) for name in examples]
    better = [trial(name, correct=int(name[1:]) % 3 > 0) for name in examples]
    arms = {"base": {"met": rows}, "own": {"met": better}, "twins": {"met": rows}, "clean": {"met": rows}}
    many = outcome(compare_hardened(arms, examples, 17), "own", "met").from_base
    alone = outcome(compare_hardened({name: arms[name] for name in ("base", "own")}, examples, 17), "own", "met")
    assert many.p_value == pytest.approx(min(1.0, 3 * alone.from_base.p_value))
    assert many.mean == alone.from_base.mean


def test_an_arm_is_compared_with_the_control_of_its_size_and_dials():
    assert control_of("own") == "clean"
    assert control_of(f"dpo_more{DIALLED}") == f"clean_more{DIALLED}"
    assert [control_of(name) for name in (BASE, "clean", f"clean_more{DIALLED}")] == [None] * 3
    for arm in ARMS.values():
        assert arm.control is None or ARMS[arm.control].times == arm.times
        assert (arm.control is None) == (not arm.attacked)


def test_operators_that_no_arm_learns_are_some_of_all():
    assert set(UNSEEN) < set(OPERATORS)


def test_power_is_told_for_every_measure():
    said = power_text(dict.fromkeys(MEASURES, 300))
    assert all(label in said for label in MEASURES.values())
    assert "(300 rows)" in said
