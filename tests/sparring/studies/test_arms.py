"""Arms are compared by seed: the table finds what is there, and nothing where nothing is."""

import random

import pytest

from sparring.attacker.program import Step, play_program
from sparring.attacker.schema_attacks import PREFIX
from sparring.operators import OPERATORS
from sparring.records import Attack, Message, Trial, Verdict
from sparring.studies.arms import (
    CONVERSATION,
    MAX_COMPOSED,
    QUERY,
    RULES,
    TOOLS,
    arms_table,
    carriers_table,
    compare_arms,
    operators_table,
    rule_attacks,
    rule_program,
)
from sparring.studies.metrics import operators_of


def trials(arm, won, rejected=()):
    made = []
    for number, outcomes in enumerate(won):
        for sample, lost in enumerate(outcomes):
            attack = Attack(
                id=f"{arm}:{number}:{sample}", example_id=f"s{number}", query="?", strategy="typos", round="x", seed=0
            )
            gone = (number, sample) in rejected
            verdicts = [] if gone else [Verdict(correct=not lost)]
            made.append(Trial(attack=attack, completions=[], rejected_by="leak" if gone else None, verdicts=verdicts))
    return made


def test_a_better_arm_is_found_and_an_equal_one_is_not():
    strong = trials("rl", [(True, True)] * 30 + [(False, False)] * 10)
    weak = trials("rules", [(True, False)] * 4 + [(False, False)] * 36)
    found = {r.arm: r for r in compare_arms({"rules": weak, "same": strong, "rl": strong}, "rl", seed=1)}
    assert found["rl"].success.value == 0.75
    assert found["rl"].broken.count == 30
    assert found["rl"].behind is None
    assert found["rules"].behind[0] == pytest.approx(0.7)
    assert found["rules"].p_value < 0.01
    assert found["same"].p_value == 1.0
    assert "rules" in arms_table(list(found.values()), "rl", "t")


def test_how_many_ways_won_is_told_where_the_seeds_are_given(make_weather):
    some = trials("rl", [(True, True), (False, True), (False, False)])
    seeds = {trial.attack.example_id: make_weather(trial.attack.example_id) for trial in some}
    found = compare_arms({"rl": some}, "rl", 1, seeds)
    assert found[0].breadth.won == 3
    assert "1.0 (1 of 3 won)" in arms_table(found, "rl", "t")
    assert compare_arms({"rl": some}, "rl", 1)[0].breadth is None


def test_success_is_told_apart_by_what_carries_the_attack():
    some = trials("rl", [(True, False), (True, True), (False, True)])
    said = [Message(role="user", content="Hello."), Message(role="assistant", content="Hello.")]
    some[0] = with_attack(some[0], turns=said)
    some[1] = with_attack(some[1], turns=said)
    some[2] = with_attack(some[2], strategy=f"{PREFIX}reword")
    found = compare_arms({"rl": some}, "rl", 1)
    assert {name: (one.count, one.total) for name, one in found[0].by_carrier.items()} == {
        CONVERSATION: (1, 2),
        TOOLS: (1, 1),
        QUERY: (2, 3),
    }
    assert "0.500" in carriers_table(found)


def with_attack(trial, **changed):
    return trial.model_copy(update={"attack": trial.attack.model_copy(update=changed)})


def test_operators_stand_with_their_valid_share_the_surest_first(make_weather):
    weak = trials("rl", [(False, False)] * 4)
    strong = [with_attack(trial, strategy="uppercase") for trial in trials("rl", [(True, True)] * 4, {(0, 0)})]
    seeds = {trial.attack.example_id: make_weather(trial.attack.example_id) for trial in weak}
    found = compare_arms({"rl": weak + strong}, "rl", 1, seeds)[0]
    assert (found.operators["uppercase"]["valid"].count, found.operators["uppercase"]["success"].count) == (7, 7)
    shown = operators_table(found)
    assert shown.index("uppercase") < shown.index("typos")


def test_rejected_attacks_count_as_invalid_and_never_as_lost():
    some = trials("rl", [(True, True), (False, True), (False, False)], rejected={(0, 0), (1, 1)})
    found = compare_arms({"rl": some, "b": some}, "rl", seed=1)[0]
    assert (found.valid.count, found.valid.total) == (4, 6)
    assert (found.success.count, found.success.total) == (1, 4)
    assert (found.broken.count, found.broken.total) == (1, 3)


def test_rules_draw_one_operator_or_several():
    rng = random.Random(0)
    assert {len(rule_program("single_rules", rng)) for _ in range(50)} == {1}
    assert {len(rule_program("composed_rules", rng)) for _ in range(200)} == set(range(2, MAX_COMPOSED + 1))
    with pytest.raises(ValueError, match="unknown rule arm"):
        rule_program("magic", rng)


def test_a_missing_arm_of_interest_is_named():
    with pytest.raises(ValueError, match="no trials of rl"):
        compare_arms({"rules": trials("rules", [(True,)])}, "rl", seed=1)


def test_an_arm_without_a_seed_in_common_is_shown_without_a_difference():
    found = {r.arm: r for r in compare_arms({"rl": trials("rl", [(True,), (True,)]), "none": []}, "rl", seed=1)}
    assert found["none"].behind is None
    assert found["none"].p_value is None
    assert found["rl"].success.value == 1.0


@pytest.mark.parametrize("arm", RULES)
def test_no_rule_attack_says_what_its_seed_or_another_attack_says(arm, make_weather):
    seeds = [make_weather(f"w{number}", city) for number, city in enumerate(("Paris", "Rome", "Lima"))]
    attacks = rule_attacks(arm, seeds, 8, "r00", 3)
    texts = [(attack.example_id, attack.query.strip()) for attack in attacks]
    assert len(attacks) == len(set(texts)) == 24
    assert not {(seed.id, seed.query) for seed in seeds} & set(texts)


def test_more_attacks_a_seed_begin_with_the_same_ones(weather_seed):
    few, many = (rule_attacks("composed_rules", [weather_seed], number, "r00", 3) for number in (3, 9))
    assert many[:3] == few


def test_a_strategy_names_the_steps_that_changed_something(make_weather):
    """A weather query has no date to write out and no thousands to separate: these steps are never named."""
    seeds = [make_weather(f"w{number}") for number in range(40)]
    named = {name for a in rule_attacks("composed_rules", seeds, 6, "r00", 1) for name in operators_of(a.strategy)}
    assert not named & {"written_date", "thousands", "percent", "reverse"}
    query, played = play_program((Step("thousands"), Step("uppercase"), Step("percent")), seeds[0], 0)
    assert query != seeds[0].query
    assert played == (Step("uppercase"),)


def test_operators_are_left_out_and_what_cannot_be_drawn_is_not_made(make_weather):
    seeds = [make_weather(f"w{number}") for number in range(10)]
    attacks = rule_attacks("composed_rules", seeds, 6, "r00", 1, {"quote", "near_miss"})
    assert len(attacks) == 60
    assert not {name for attack in attacks for name in operators_of(attack.strategy)} & {"quote", "near_miss"}
    silent = set(OPERATORS) - {"written_date", "thousands", "percent"}
    assert rule_attacks("composed_rules", seeds, 6, "r00", 1, silent) == []
