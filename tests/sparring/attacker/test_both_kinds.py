"""Seeds that want no call beside those that want one: drawn, shown to the query model, rewarded, remembered, apart."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.attacker.archive import Archive
from sparring.attacker.attack_reward import AttackReward
from sparring.attacker.query_prompts import query_messages
from sparring.attacker.rollout import trials_of
from sparring.attacker.schema_attacks import SCHEMA_OPERATORS, attack_schema
from sparring.attacker.seeds import of_both_kinds, spread_over_tools
from sparring.dialects import DIALECTS
from sparring.gates import NoGates
from sparring.records import Attack, Completion, Failure
from sparring.statistics import rate
from sparring.studies.metrics import apart, attack_success, seeds_broken, top_failures
from sparring.targets.scripted import ScriptedTarget
from sparring.training.mistake_book import updated_mistakes
from tasks.players import ungated
from tasks.schema_trials import first_of_each_kind, schema_attacks

CALL = '[get_weather(city="Paris", days=3)]'


@pytest.fixture(scope="session")
def seeds(make_weather):
    def made(number, declines=False, relevance=False):
        seed = make_weather(f"w{number}")
        if declines:
            return seed.with_query("Who wrote it?").model_copy(update={"gold": [], "category": "irrelevance"})
        return seed.model_copy(update={"gold": [], "category": "live_relevance"}) if relevance else seed

    return made


def trials(seed, *answers, query="attacked"):
    attacks = [
        Attack(id=f"{seed.id}-{i}", example_id=seed.id, query=f"{query} {i}", strategy="chatty", round="r01", seed=1)
        for i in range(len(answers))
    ]
    written = [
        Completion(attack_id=attack.id, sample=0, text=text) for attack, text in zip(attacks, answers, strict=True)
    ]
    return trials_of(ungated(attacks), written, {seed.id: seed}, DIALECTS["pythonic"])


@settings(deadline=None)
@given(
    kinds=st.lists(st.sampled_from(["call", "no_call", "relevance"]), max_size=40),
    wanted=st.integers(0, 50),
    share=st.floats(0, 1),
)
def test_a_draw_holds_its_share_of_no_call_seeds_or_all_there_are(seeds, kinds, wanted, share):
    pool = [seeds(i, declines=kind == "no_call", relevance=kind == "relevance") for i, kind in enumerate(kinds)]
    found = of_both_kinds(pool, wanted, share)
    declining, calling = kinds.count("no_call"), kinds.count("call")
    num_declining = min(round(share * wanted), declining)
    assert sum(seed.wants_no_call for seed in found) == num_declining
    assert sum(bool(seed.gold) for seed in found) == min(wanted - num_declining, calling)
    assert all(seed.gold or seed.wants_no_call for seed in found), "whose answer nobody knows is never attacked"
    assert [pool.index(seed) for seed in found] == sorted(pool.index(seed) for seed in found)
    assert all(seed.kind == ("call" if seed.gold else "no_call") for seed in found)


@pytest.mark.parametrize("action", ["program", "rewrite"])
def test_the_query_model_is_told_which_answer_is_right(seeds, action):
    said = [query_messages(seed, action)[-1]["content"] for seed in (seeds(0), seeds(1, declines=True))]
    assert said[0].endswith("Right answer: a call")
    assert said[1].endswith("Right answer: no call")


class Blank:
    """Embeddings that are all different."""

    def embed(self, texts):
        return np.eye(max(1, len(texts)), dtype=np.float32)[: len(texts)]


def test_the_reward_knows_both_kinds_and_tells_their_success_apart(seeds, params):
    calling, declining = seeds(0), seeds(1, declines=True)
    own = {calling.id: CALL, declining.id: "[]"}
    reward = AttackReward(own, NoGates(), ScriptedTarget(lambda example, sample: CALL), params, Archive(), Blank())
    right, lured = reward([calling, declining], ["chatty", "chatty"])
    assert right["success"] == right["success/call"] == 0.0
    assert lured["success"] == lured["success/no_call"] == 1.0
    assert "success/no_call" not in right
    assert lured["total"] > right["total"]
    refusing = AttackReward(own, NoGates(), ScriptedTarget(lambda example, sample: "[]"), params, Archive(), Blank())
    refused, kept = refusing([calling, declining], ["chatty", "chatty"])
    assert (refused["success/call"], kept["success/no_call"]) == (1.0, 0.0)


def test_a_lured_target_enters_archive_and_mistake_book_in_a_cell_of_its_own(seeds):
    calling, declining = seeds(0), seeds(1, declines=True)
    lost = [*trials(calling, "[]"), *trials(declining, CALL, "[]")]
    assert [trial.success for trial in lost] == [True, True, False]
    archive = Archive()
    assert archive.add(lost, {calling.id: calling, declining.id: declining}) == 2
    assert [(elite.category, elite.failure) for elite in archive.elites] == [
        ("simple_python", Failure.NO_CALL),
        ("irrelevance", Failure.UNWANTED_CALL),
    ]
    assert archive.strategies(declining) == ["chatty"]
    book = updated_mistakes([], [], lost)
    assert [mistake.attack.example_id for mistake in book] == ["w0", "w1"]
    assert updated_mistakes(book, trials(declining, "[]"), []) == book[:1], "a declined one leaves the book"


def test_shares_stand_together_and_apart(seeds):
    calling, declining = seeds(0), seeds(1, declines=True)
    examples = {calling.id: calling, declining.id: declining}
    rows = [*trials(calling, CALL, "[]", CALL), *trials(declining, CALL)]
    found = apart("heldout_success", attack_success, rows, examples)
    assert {name: (one.count, one.total) for name, one in found.items()} == {
        "heldout_success": (2, 4),
        "heldout_success/call": (1, 3),
        "heldout_success/no_call": (1, 1),
    }
    alone = apart("seeds_broken", seeds_broken, rows[:3], examples)
    assert alone["seeds_broken/no_call"] == rate(0, 0), "what was not attacked is undefined"
    assert top_failures(rows[3:], examples)[0]["failure"] == "unwanted_call"


@pytest.mark.parametrize("name", SCHEMA_OPERATORS)
def test_schema_operators_leave_a_request_without_its_tool_without_one(seeds, name):
    declining = seeds(1, declines=True)
    others = [declining.tools[0].model_copy(update={"name": "author_of", "description": "Authors of novels."})]
    attacked = schema_attacks("r01", 17, [declining])
    assert (f"schema:{name}" in {attack.strategy for attack in attacked}) == (name != "distractors")
    if name != "distractors":
        changed, _ = attack_schema(declining, [name], 17, others)
        assert {tool.description for tool in changed.tools}.isdisjoint({"Authors of novels."})
        assert (changed.gold, changed.kind) == ([], "no_call")


def test_so_many_seeds_of_either_kind_are_attacked_through_their_tools(seeds):
    rows = [seeds(i, declines=i % 3 == 0) for i in range(9)]
    assert [seed.id for seed in first_of_each_kind(rows, 2)] == ["w1", "w2", "w0", "w3"]


def test_seeds_are_spread_over_tools(make_weather):
    seeds = [make_weather(f"w{number}") for number in range(3)]
    other = make_weather("o0")
    other = other.model_copy(update={"tools": [tool.model_copy(update={"name": "other"}) for tool in other.tools],
                                     "gold": [call.model_copy(update={"name": "other"}) for call in other.gold]})  # fmt: skip
    assert [seed.id for seed in spread_over_tools([*seeds, other])] == ["w0", "o0", "w1", "w2"]
