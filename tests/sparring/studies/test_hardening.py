"""Hardening arms compared: by cluster, corrected over all comparisons, unscored rows left out."""

import pytest

from sparring.records import Attack, Completion, Trial, Verdict
from sparring.studies.hardening import MEASURES, compare_hardened, hardening_table, power_text


def trial(example_id, correct, rejected=None, fault=None):
    attack = Attack(id=f"a{example_id}", example_id=example_id, query="q", strategy="x", round="r", seed=1)
    verdict = Verdict(correct=correct, example_error=fault)
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
    found = compare_hardened({"clean_sft": {"met": weak}, "rl": {"met": strong}}, examples, 17)
    compared = outcome(found, "clean_sft", "met")
    assert compared.rate.value == 1.0
    assert compared.behind[0] == -1.0
    assert compared.p_value < 0.001
    assert outcome(found, "rl", "met").p_value is None
    assert "-1.000" in hardening_table(found)


def test_what_was_rejected_or_cannot_be_scored_counts_nowhere(examples):
    rows = [
        trial("w1", True),
        trial("w2", False, rejected="length"),
        trial("w3", False, fault="no gold"),
        trial("w4", True),
    ]
    found = compare_hardened({"base": {"met": rows}, "rl": {"met": [trial(n, True) for n in examples]}}, examples, 17)
    assert (outcome(found, "base", "met").rate.count, outcome(found, "base", "met").rate.total) == (0, 2)


def test_equal_arms_differ_by_nothing_and_holm_never_lowers_a_p_value(examples):
    rows = [trial(name, correct=int(name[1:]) % 2 == 0) for name in examples]
    better = [trial(name, correct=True) for name in examples]
    found = compare_hardened(
        {"base": {"met": rows, "fresh_rules": rows}, "rl": {"met": rows, "fresh_rules": better}}, examples, 17
    )
    assert outcome(found, "base", "met").p_value == 1.0
    alone = compare_hardened({"base": {"fresh_rules": rows}, "rl": {"fresh_rules": better}}, examples, 17)
    assert outcome(found, "base", "fresh_rules").p_value >= outcome(alone, "base", "fresh_rules").p_value


def test_power_is_told_for_every_measure():
    said = power_text(dict.fromkeys(MEASURES, 300))
    assert all(label in said for label in MEASURES.values())
    assert "(300 rows)" in said
