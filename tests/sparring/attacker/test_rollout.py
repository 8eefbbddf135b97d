"""Attacks to trials with a scripted target."""

import numpy as np
import pytest

from sparring.attacker.archive import Archive
from sparring.attacker.attack_reward import AttackReward
from sparring.attacker.attacks import gate, ungated
from sparring.attacker.program import apply_program, parse_program, render_program
from sparring.attacker.rollout import complete, trials_of
from sparring.dialects import DIALECTS
from sparring.errors import UnreachableError
from sparring.gates import Gatekeeper, NoGates
from sparring.records import Attack, Completion, Failure, GatedAttack, GoldCall, Message
from sparring.studies import metrics
from sparring.targets.replies import Replies
from sparring.targets.scripted import ScriptedTarget

RIGHT, WRONG = "[get_weather(city='Paris', days=3)]", "[get_weather(city='Rome', days=3)]"


class Counting(ScriptedTarget):
    """Counts what it is asked."""

    asked = 0

    def answer(self, examples, samples, temperature, seed):
        self.asked += len(examples)
        return super().answer(examples, samples, temperature, seed)


def attacks(*queries):
    return [
        Attack(id=f"a{n}", example_id="w1", query=query, strategy="typos", round="r01", seed=1)
        for n, query in enumerate(queries)
    ]


def test_rejected_attacks_are_never_asked_and_a_text_is_asked_once(weather_seed, params):
    target = Counting(lambda example, sample: WRONG if "hello" in example.query else RIGHT)
    given = attacks("hello one", "hello one", "plain", "refused")
    gated = [
        GatedAttack(attack=attack, rejected_by=reason)
        for attack, reason in zip(given, [None, None, None, "leak"], strict=True)
    ]
    seeds = {"w1": weather_seed}
    completions = complete(gated, seeds, target, params.rollout, 1).completions
    assert target.asked == 2
    trials = trials_of(gated, completions, seeds, DIALECTS["pythonic"])
    assert [trial.success for trial in trials] == [True, True, False, False]
    assert trials[0].scored[0].failure is Failure.WRONG_VALUE
    assert trials[3].pass_rate is None
    assert metrics.attack_success(trials).count == 2
    assert metrics.attack_success(trials).total == 3
    assert metrics.valid_fraction(trials).value == 0.75
    assert metrics.rejections(trials) == {"leak": 1}
    assert metrics.by_operator(trials, seeds)["typos"]["success"].total == 3
    assert metrics.top_failures(trials, seeds)[0]["count"] == 2


def test_payoffs_add_up_to_zero_and_are_undefined_over_no_valid_attack(weather_seed, params):
    target = ScriptedTarget(lambda example, sample: WRONG if "hello" in example.query else RIGHT)
    given, seeds = attacks("hello one", "plain"), {"w1": weather_seed}

    def played(rejections):
        gated = [
            GatedAttack(attack=attack, rejected_by=reason) for attack, reason in zip(given, rejections, strict=True)
        ]
        completions = complete(gated, seeds, target, params.rollout, 1).completions
        return trials_of(gated, completions, seeds, DIALECTS["pythonic"])

    assert metrics.payoffs(played([None, None])) == {"query_model": 0.5, "target": -0.5}
    assert metrics.payoffs(played(["leak", "leak"])) == {"query_model": None, "target": None}
    assert metrics.payoffs([]) == {"query_model": None, "target": None}


def test_an_answer_to_what_was_not_asked_is_an_error(weather_seed):
    given = [GatedAttack(attack=attack, rejected_by="leak") for attack in attacks("one")]
    stray = [Completion(attack_id="a0", sample=0, text=RIGHT)]
    with pytest.raises(ValueError, match="not asked: a0"):
        trials_of(given, stray, {"w1": weather_seed}, DIALECTS["pythonic"])


class Vectors:
    """Every text means the same to it."""

    def embed(self, texts):
        return np.ones((len(texts), 1), dtype=np.float32)


def test_the_reward_ranks_a_won_attack_above_an_easy_one_above_no_action(weather_seed, params):
    target = ScriptedTarget(lambda example, sample: WRONG if "!!!" in example.query else RIGHT)
    keeper = Gatekeeper(params.gates, Vectors())
    reward = AttackReward({weather_seed.id: RIGHT}, keeper, target, params, Archive(), Vectors())
    found = reward([weather_seed] * 3, ["excited", "greeting", "no operator at all"])
    assert found[0]["success"] == 1.0
    assert found[1]["success"] == 0.0
    assert found[2] == {"total": -params.reward.malformed_penalty, "valid": 0.0, "malformed": 1.0}
    assert found[0]["total"] > found[1]["total"] >= 0.0 > found[2]["total"]


def test_an_attack_on_a_seed_at_fault_is_left_out_of_the_reward(weather_seed, params):
    faulty = weather_seed.model_copy(update={"gold": [GoldCall(name="no_such_tool", arguments={})]})
    keeper = Gatekeeper(params.gates, Vectors())
    target = ScriptedTarget(lambda example, sample: RIGHT)
    reward = AttackReward({"w1": RIGHT}, keeper, target, params, Archive(), Vectors())
    assert reward([faulty], ["excited"]) == [{"valid": 1.0, "malformed": 0.0}]


def test_likelihoods_are_compared_with_the_untouched_seeds(weather_seed, make_weather, params):
    other = make_weather("w2", "Rome")
    likely = {weather_seed.query: -1.0, other.query: -2.0}
    target = ScriptedTarget(lambda example, sample: RIGHT, lambda example: likely.get(example.query, -5.0))
    keeper = Gatekeeper(params.gates, Vectors())
    for temperature in (0.0, 0.7):
        rollout = params.rollout.model_copy(update={"temperature": temperature})
        recipe = params.model_copy(update={"rollout": rollout})
        reward = AttackReward({"w1": RIGHT, "w2": RIGHT}, keeper, target, recipe, Archive(), Vectors())
        found = reward([weather_seed, other, weather_seed], ["excited", "excited", "greeting"])
        assert [terms["logprob_drop"] for terms in found] == [4.0, 3.0, 4.0]


class Served:
    """Behind a network: it answers and tells no likelihood, and what says "!!!" is lost."""

    def __init__(self, answer):
        self.answer = answer

    def ask(self, examples, samples, temperature, seed):
        texts = [[None if "!!!" in example.query else self.answer] * samples for example in examples]
        return Replies(texts, [None if group[0] else "HTTP 500" for group in texts])


def test_a_served_target_gives_rewards_without_likelihoods_and_a_lost_answer_gives_none(weather_seed, params, capsys):
    keeper = Gatekeeper(params.gates, Vectors())
    reward = AttackReward({"w1": RIGHT}, keeper, Served(WRONG), params, Archive(), Vectors())
    lost, won = reward([weather_seed] * 2, ["excited", "greeting"])
    assert lost == {"valid": 1.0, "malformed": 0.0}
    assert won["success"] == won["hardness"] == 1.0
    assert won["total"] == pytest.approx(params.reward.valid_bonus + 1.0 - params.reward.cluster_weight)
    assert "logprob_drop" not in won
    assert "1 of 2 attacks of an RL step have no answer, and no reward: HTTP 500" in capsys.readouterr().err
    right = AttackReward({"w1": RIGHT}, keeper, Served(RIGHT), params, Archive(), Vectors())
    assert right([weather_seed], ["greeting"])[0]["success"] == 0.0
    with pytest.raises(UnreachableError, match="1 of 1 attacks of an RL step have no answer: HTTP 500"):
        reward([weather_seed], ["excited"])


class Undecided:
    """Gates that cannot say, as readers that do not answer."""

    def rejections(self, pairs, action="program"):
        return ["unjudged" if "!!!" in text else None for _, text in pairs]


def test_an_attack_that_nobody_could_judge_earns_nothing_costs_nothing_and_counts_in_no_share(weather_seed, params):
    target = Counting(lambda example, sample: RIGHT)
    reward = AttackReward({"w1": RIGHT}, Undecided(), target, params, Archive(), Vectors())
    found = reward([weather_seed] * 2, ["excited", "greeting"])
    assert found[0] == {"malformed": 0.0}
    assert found[1]["valid"] == 1.0
    assert found[1]["cluster"] == 0.0


def test_free_text_and_programs_are_gated_apart(weather_seed):
    class Named:
        def rejections(self, pairs, action="program"):
            return [action for _ in pairs]

    given = [
        each.model_copy(update={"strategy": strategy})
        for each, strategy in zip(
            attacks("one", "two", "three", "four"), ["rewrite", "typos", "malformed", "rewrite"], strict=True
        )
    ]
    found = [gated.rejected_by for gated in gate(Named(), given, [weather_seed])]
    assert found == ["rewrite", "program", "malformed", "rewrite"]


def test_what_says_the_same_as_its_seed_is_no_attack_and_no_gate_is_asked_about_it(weather_seed):
    class Asked:
        def rejections(self, pairs, action="program"):
            assert all(query.strip() != example.query for example, query in pairs)
            return ["leak" if "one" in query else None for _, query in pairs]

    given = attacks(weather_seed.query, "one", f" {weather_seed.query}\n", "two")
    found = [gated.rejected_by for gated in gate(Asked(), given, [weather_seed])]
    assert found == ["unchanged", "leak", "unchanged", None]
    said = Message(role="user", content="Hello."), Message(role="assistant", content="Hello!")
    talked = [given[0].model_copy(update={"turns": list(said)})]
    assert [gated.rejected_by for gated in gate(NoGates(), talked, [weather_seed])] == ["turns"]


def test_an_operator_counts_where_it_changed_something(make_weather):
    """A weather query has no thousands to separate: who says it as well does not share what the other won."""
    seed = make_weather()
    programs = [parse_program(text) for text in ("thousands > uppercase", "uppercase", "percent > greeting")]
    given = [
        Attack(id=f"a{n}", example_id=seed.id, query=apply_program(program, seed, n), strategy=render_program(program),
               round="r01", seed=n)
        for n, program in enumerate(programs)
    ]  # fmt: skip
    judged = trials_of(ungated(given), [], {seed.id: seed}, DIALECTS["pythonic"])
    found = metrics.by_operator(judged, {seed.id: seed})
    assert {name: shares["valid"].total for name, shares in found.items()} == {"uppercase": 2, "greeting": 1}
