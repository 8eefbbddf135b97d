"""Ways to attack: what makes two programs the same, what it costs to play what everybody plays, and how many ways won."""

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparring.attacker.archive import MAX_PER_CELL, Archive
from sparring.attacker.attack_reward import AttackReward
from sparring.attacker.program import play_program, random_program, render_program, way, way_of
from sparring.attacker.query_prompts import attack_text
from sparring.attacker.rewards import Attempt, rewards
from sparring.gates import NoGates
from sparring.operators import OPERATORS
from sparring.records import Attack, Elite, Failure, Trial, Verdict
from sparring.studies.metrics import breadth, breadth_apart
from sparring.tables import breadth_text
from sparring.targets.scripted import ScriptedTarget

WON, VALUE, NONE = 0.0, "wrong_value", "no_call"
RIGHT, WRONG = '[get_weather(city="Paris", days=3)]', "[]"
NAMES = sorted(OPERATORS)


def attempt(operators, mistake=VALUE, valid=True, pass_rate=WON):
    return Attempt(valid, False, pass_rate if valid else None, 0.0, tuple(operators.split()), mistake)


def scored(params, attempts):
    apart = np.eye(len(attempts), dtype=np.float32)
    return rewards(attempts, params.reward, apart, np.zeros(len(attempts), dtype=np.float32))


@pytest.mark.parametrize(
    ("others", "share"),
    [
        ([attempt("typos quantity")], 1.0),
        ([attempt("quantity typos")], 1.0),
        ([attempt("quantity typos", mistake=NONE)], 0.0),
        ([attempt("quantity typos", mistake=None, pass_rate=1.0)], 0.0),
        ([attempt("quantity thanks")], 0.5),
        ([attempt("quantity")], 2 / 3),
        ([attempt("quantity typos thanks polite")], 2 / 3),
        ([attempt("thanks polite")], 0.0),
        ([attempt("")], 0.0),
        ([attempt("quantity typos", valid=False)], 0.0),
        ([attempt("quantity typos", pass_rate=None)], 0.0),
        ([attempt("quantity typos"), attempt("thanks")], 0.5),
        ([attempt("quantity typos"), attempt("thanks", valid=False)], 1.0),
        ([], 0.0),
    ],
)
def test_the_same_operators_to_the_same_mistake_are_one_attack_some_of_them_in_part(params, others, share):
    alone, crowded = (scored(params, [attempt("typos quantity"), *rest])[0] for rest in ([], others))
    assert crowded["program"] == pytest.approx(share)
    assert alone["total"] - crowded["total"] == pytest.approx(params.reward.program_weight * share)


def test_a_batch_of_easy_attacks_in_one_way_earns_less_as_well_and_never_below_0(params):
    same = [attempt("typos", mistake=None, pass_rate=1.0)] * 4
    apart = [attempt(name, mistake=None, pass_rate=1.0) for name in ("typos", "polite", "quote", "story")]
    assert scored(params, same)[0]["total"] == 0.0 < scored(params, apart)[0]["total"]


ATTEMPTS = st.builds(
    Attempt,
    valid=st.booleans(),
    malformed=st.just(False),
    pass_rate=st.sampled_from([None, 0.0, 0.5, 1.0]),
    gold_logprob_drop=st.just(0.0),
    way=st.lists(st.sampled_from(NAMES[:6]), max_size=4, unique=True).map(tuple),
    mistake=st.sampled_from([None, VALUE, NONE]),
)


@given(st.lists(ATTEMPTS, min_size=1, max_size=12), st.randoms())
def test_the_share_is_one_whatever_the_order_of_batch_and_operators(params, attempts, rng):
    shares = [terms.get("program") for terms in scored(params, attempts)]
    assert all(share is None or 0.0 <= share <= 1.0 + 1e-9 for share in shares)
    order = list(range(len(attempts)))
    rng.shuffle(order)
    turned = [attempts[i] for i in order]
    turned = [Attempt(one.valid, False, one.pass_rate, 0.0, one.way[::-1], one.mistake) for one in turned]
    again = [terms.get("program") for terms in scored(params, turned)]
    assert again == pytest.approx([shares[i] for i in order])


def attack(strategy, query="q", number=1):
    return Attack(id=f"{strategy}-{query}", example_id="w1", query=query, strategy=strategy, round="r01", seed=number)


def test_only_what_changed_something_makes_a_way(weather_seed):
    """`percent` and `thousands` find nothing in a query about three days."""
    for strategy in ("excited", "percent > excited", "excited > thousands > percent"):
        written = attack_text(strategy, weather_seed, "program", 5)
        assert written.way == ("excited",)
        assert way_of(attack(strategy, written.query, 5), weather_seed) == ("excited",)


@pytest.mark.parametrize(
    ("strategy", "wanted"),
    [
        ("typos > greeting", ("greeting", "typos")),
        ("greeting > typos", ("greeting", "typos")),
        ("rewrite", ("rewrite",)),
        ("schema:reword", ("schema:reword",)),
        ("no operator > typos", ("no operator > typos",)),
    ],
)
def test_a_text_that_its_program_does_not_give_goes_by_what_is_written(weather_seed, strategy, wanted):
    assert way_of(attack(strategy), weather_seed) == wanted


def test_a_rewrite_has_no_way_to_share(weather_seed):
    assert attack_text("some text", weather_seed, "rewrite", 5).way == ()


@given(st.integers(0, 10_000))
def test_a_way_is_part_of_its_program_in_an_order_of_its_own(make_weather, number):
    program = random_program(random.Random(number), 4)
    query, played = play_program(program, make_weather(), number)
    found = way_of(attack(render_program(program), query, number), make_weather())
    assert list(found) == sorted(found)
    assert set(found) <= {step.operator for step in program}
    assert found == way(played or program)


class Apart:
    """Embeddings that are all different."""

    def embed(self, texts):
        return np.eye(max(1, len(texts)), dtype=np.float32)[: len(texts)]


def test_the_reward_tells_programs_and_mistakes_apart(make_weather, params):
    seeds = [make_weather("w1"), make_weather("w2", "Rome")]
    own = {"w1": RIGHT, "w2": RIGHT.replace("Paris", "Rome")}
    answers = {"w1": WRONG, "w2": "[get_weather(city='Oslo', days=3)]"}
    target = ScriptedTarget(lambda example, sample: answers[example.id])
    reward = AttackReward(own, NoGates(), target, params, Archive(), Apart())
    same = reward([seeds[0]] * 2, ["excited > polite", "polite > excited > percent"])
    assert [terms["program"] for terms in same] == [1.0, 1.0]
    other_mistake = reward(seeds, ["excited > polite", "excited > polite"])
    assert [terms["program"] for terms in other_mistake] == [0.0, 0.0]
    assert other_mistake[0]["total"] - same[0]["total"] == pytest.approx(params.reward.program_weight)


def won(strategy, query="q", failure=Failure.WRONG_VALUE, success=True):
    verdict = Verdict(not success, failure if success else None)
    return Trial(attack=attack(strategy, query), completions=[], rejected_by=None, verdicts=[verdict])


def test_an_attack_lies_in_a_cell_of_each_of_its_operators(weather_seed):
    archive, seeds = Archive(), {"w1": weather_seed}
    assert archive.add([won("typos > quantity"), won("typos", "other", Failure.NO_CALL)], seeds) == 2
    assert [elite.cells for elite in archive.elites] == [
        [("quantity", "wrong_value", "get_weather"), ("typos", "wrong_value", "get_weather")],
        [("typos", "no_call", "get_weather")],
    ]
    assert archive.coverage == 3


def test_the_operator_that_wins_most_fills_its_own_cells_alone(weather_seed):
    archive, seeds = Archive(), {"w1": weather_seed}
    many = [won("quantity", f"q{number}") for number in range(20)]
    assert archive.add(many, seeds) == MAX_PER_CELL
    assert archive.add([won("quantity", "one more"), won("thanks > quantity", "new"), won("quote")], seeds) == 2
    other_tool = weather_seed.model_copy(update={"gold": [weather_seed.gold[0].model_copy(update={"name": "f"})]})
    assert archive.add(many, {"w1": other_tool}) == MAX_PER_CELL


def test_the_same_attack_comes_in_once_also_from_another_round(weather_seed):
    archive = Archive()
    assert archive.add([won("typos > thanks"), won("thanks > typos")], {"w1": weather_seed}) == 1
    assert Archive(archive.elites).add([won("typos > thanks")], {"w1": weather_seed}) == 0


def test_a_prompt_shows_each_way_once(weather_seed):
    archive, seeds = Archive(), {"w1": weather_seed}
    archive.add([won("typos > thanks", "a"), won("thanks > typos", "b"), won("quote", "c")], seeds)
    assert archive.strategies(weather_seed) == ["thanks > typos", "quote"]


def test_an_elite_of_before_there_were_operators_in_it_is_in_the_cell_of_its_strategy(weather_seed):
    row = {"category": "simple_python", "tool": "get_weather", "failure": "no_call"}
    old = Elite.model_validate(row | {"attack": attack("typos > thanks").model_dump()})
    assert old.cells == [("typos > thanks", "no_call", "get_weather")]
    assert Archive([old]).add([won("typos", "x", Failure.NO_CALL)], {"w1": weather_seed}) == 1


@pytest.mark.parametrize(
    ("strategies", "programs", "effective"),
    [
        (["typos"], 1, 1.0),
        (["typos"] * 9, 1, 1.0),
        (["typos", "quote"], 2, 2.0),
        (["typos > quote", "quote > typos"], 1, 1.0),
        (["typos", "quote", "story", "story > quote"], 4, 4.0),
        (["typos", "typos", "typos", "quote"], 2, math.exp(0.75 * math.log(4 / 3) + 0.25 * math.log(4))),
        (["rewrite", "rewrite"], 1, 1.0),
    ],
)
def test_as_many_strategies_as_would_win_equally_often(weather_seed, strategies, programs, effective):
    trials = [won(strategy, f"q{number}") for number, strategy in enumerate(strategies)]
    lost = [won("hedge", success=False), won("hurry").model_copy(update={"rejected_by": "leak"})]
    found = breadth([*trials, *lost], {"w1": weather_seed})
    assert (found.won, found.programs) == (len(strategies), programs)
    assert found.effective == pytest.approx(effective)


def test_the_operator_that_most_of_them_used_is_told_whatever_stands_beside_it(weather_seed):
    strategies = ["quantity > typos", "quantity > thanks", "quantity > polite", "typos"]
    found = breadth([won(strategy, f"q{i}") for i, strategy in enumerate(strategies)], {"w1": weather_seed})
    assert (found.programs, found.effective) == (4, pytest.approx(4.0))
    assert (found.leading, found.led) == ("quantity", 3)


@given(st.lists(st.sampled_from(NAMES[:9]), min_size=1, max_size=40))
def test_it_is_between_one_and_the_number_of_programs(make_weather, names):
    found = breadth([won(name, f"q{i}") for i, name in enumerate(names)], {"w1": make_weather()})
    assert 1.0 - 1e-9 <= found.effective <= found.programs + 1e-9 <= found.won + 1e-9


def test_where_nothing_was_won_it_is_undefined_and_not_0(weather_seed):
    found = breadth_apart("effective_strategies", [won("typos", success=False)], {"w1": weather_seed})
    assert list(found) == ["effective_strategies", "effective_strategies/call", "effective_strategies/no_call"]
    assert {one.effective for one in found.values()} == {None}
    assert [breadth_text(one) for one in (*found.values(), None)] == ["- (0 won)"] * 3 + ["-"]


def test_each_kind_of_seeds_has_its_own(weather_seed):
    declining = weather_seed.model_copy(update={"id": "w2", "gold": [], "category": "irrelevance"})
    lured = won("quote", failure=Failure.UNWANTED_CALL)
    lured = lured.model_copy(update={"attack": lured.attack.model_copy(update={"example_id": "w2"})})
    found = breadth_apart("x", [won("typos"), won("story"), lured], {"w1": weather_seed, "w2": declining})
    assert {name: breadth_text(one) for name, one in found.items()} == {
        "x": "3.0 (3 of 3 won)",
        "x/call": "2.0 (2 of 2 won)",
        "x/no_call": "1.0 (1 of 1 won)",
    }
