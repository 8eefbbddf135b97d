"""Which held-out rows are asked, and which are attacked."""

import pytest

from sparring.attacker.seeds import answered_rightly, shuffled, strong_first
from sparring.config import load_params
from sparring.records import Attack, Completion, Trial, Verdict
from sparring.studies.held_out import POOL, attacked_rows, pool_for_studies, untouched_rows
from tests.conftest import ROOT, weather


def rows(number, wants_call=True):
    """Rows of two tools, three of the first before each of the second."""
    made = []
    for place in range(number):
        row = weather(f"{'call' if wants_call else 'none'}{place}", f"City {place}")
        tool = row.tools[0].model_copy(update={"name": "rare_tool" if place % 4 == 3 else "get_weather"})
        gold = [call.model_copy(update={"name": tool.name}) for call in row.gold]
        changed = {"tools": [tool], "gold": gold if wants_call else []}
        made.append(row.model_copy(update=changed | ({} if wants_call else {"category": "irrelevance"})))
    return made


def trials(seeds, right):
    return [
        Trial(
            attack=Attack(id=seed.id, example_id=seed.id, query="q", strategy="untouched", round="r00", seed=0),
            completions=[Completion(attack_id=seed.id, sample=0, text="[]")],
            rejected_by=None,
            verdicts=[Verdict(correct=seed.id in right)],
        )
        for seed in seeds
    ]


@pytest.fixture
def wanted():
    sizes = {"clean_examples": 6, "no_call_examples": 3, "attack_seeds": 2, "no_call_attack_seeds": 1}
    return load_params(ROOT / "params.yaml").evaluation.model_copy(update=sizes)


PROOF = [*rows(8, wants_call=False), *rows(20)]


def test_the_seed_draws_the_rows_and_every_round_draws_the_same(wanted):
    found = untouched_rows(PROOF, wanted, 17)
    assert found == untouched_rows(PROOF, wanted, 17)
    assert found != untouched_rows(PROOF, wanted, 18)
    assert [row.kind for row in found] == ["call"] * 6 + ["no_call"] * 3
    assert len({row.id for row in found}) == len(found)


def test_the_first_rows_of_either_kind_are_of_different_tools(wanted):
    for seed in range(20):
        drawn = untouched_rows(rows(20), wanted, seed)
        assert {row.tools[0].name for row in drawn[:2]} == {"get_weather", "rare_tool"}


def test_more_rows_of_a_recipe_begin_with_the_same(wanted):
    more = wanted.model_copy(update={"clean_examples": 12})
    assert untouched_rows(PROOF, more, 17)[:6] == untouched_rows(PROOF, wanted, 17)[:6]


def test_what_was_answered_rightly_is_attacked_as_far_as_it_is_wanted(wanted):
    drawn = untouched_rows(PROOF, wanted, 17)
    right = {drawn[number].id for number in (1, 3, 5, 7, 8)}
    assert attacked_rows(drawn, trials(drawn, right), wanted) == [drawn[1], drawn[3], drawn[7]]
    assert attacked_rows(drawn, trials(drawn, set()), wanted) == []


def test_rows_that_were_not_asked_were_not_answered_rightly():
    few = rows(4)
    assert answered_rightly(few, trials(few[2:], {few[3].id, few[2].id})) == few[2:]


def test_a_study_asks_several_times_as_many_seeds_as_it_wants_of_both_kinds():
    relevance = [row.model_copy(update={"gold": [], "category": "live_relevance"}) for row in rows(4)]
    found = pool_for_studies([*PROOF, *relevance], 2, 0.3)
    assert len(found) == 2 * POOL
    assert sum(row.wants_no_call for row in found) == 3
    assert all(row.can_be_attacked for row in found)
    assert found == pool_for_studies([*PROOF, *relevance], 2, 0.3)


def test_rows_are_shuffled_in_a_list_of_their_own():
    kept = list(PROOF)
    assert shuffled(PROOF, "a") != shuffled(PROOF, "b")
    assert sorted(row.id for row in shuffled(PROOF, "a")) == sorted(row.id for row in PROOF)
    assert kept == PROOF


def test_strong_seeds_come_first_and_no_seed_twice():
    strong = [PROOF[9], PROOF[2]]
    found = strong_first(strong, PROOF, 17)
    assert found[:2] == strong
    assert sorted(row.id for row in found) == sorted(row.id for row in PROOF)
    assert found == strong_first(strong, PROOF, 17) != strong_first(strong, PROOF, 18)
