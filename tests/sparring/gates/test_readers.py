"""The gate by readers: who is asked, what their answers come to, and which rules give way to it for which attacks."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparring.config import WORDING
from sparring.gates import Facts, Gatekeeper, Readers, rejected
from sparring.records import Example
from tests.conftest import weather

SEED = weather().query
ONE, TWO = "first rewrite", "second rewrite"


class Scripted:
    """A reader that is right where it is told so; whatever it is not told about it gets right. Keeps its questions."""

    judges_no_call = False

    def __init__(self, **answers):
        self.answers = {key.replace("_", " "): value for key, value in answers.items()}
        self.asked = []

    def fits(self, seeds: Sequence[Example]) -> list[bool | None]:
        self.asked += [seed.query for seed in seeds]
        return [self.answers.get("seed" if seed.query == SEED else seed.query, True) for seed in seeds]

    def agrees(self, rewrites: Sequence[Facts]) -> list[bool | None]:
        self.asked += [facts.query for facts in rewrites]
        return [self.answers.get("seed" if facts.query == SEED else facts.query, True) for facts in rewrites]


def verdict(readers, agree, *queries):
    found = Readers(readers, agree).explain([Facts(weather(), query) for query in queries])
    return [None if each is None else each.gate for each in found]


@pytest.mark.parametrize(
    ("readers", "agree", "found"),
    [
        ([{}, {}], 2, None),
        ([{}, {"first_rewrite": False}], 2, "readers"),
        ([{}, {"first_rewrite": False}], 1, None),
        ([{}, {}, {"first_rewrite": False}], 2, None),
        ([{}, {"seed": False}], 1, None),
        ([{}, {"seed": False}], 2, "unread"),
        ([{"seed": False}], 1, "unread"),
        ([{"first_rewrite": None}], 1, "unjudged"),
        ([{}, {"first_rewrite": None}], 1, None),
        ([{}, {"first_rewrite": None}], 2, "unjudged"),
        ([{}, {"seed": None}], 2, "unjudged"),
        ([{"first_rewrite": False}, {"seed": None}], 2, "readers"),
        ([{"first_rewrite": False}, {"first_rewrite": None}], 1, "unjudged"),
        ([], 0, None),
        ([{}, {"seed": False}], None, None),
        ([{}, {"first_rewrite": False}], None, "readers"),
        ([{"first_rewrite": False}, {"seed": False}], None, "readers"),
        ([{"seed": False}, {"seed": False}], None, "unread"),
        ([{}, {"first_rewrite": None}], None, "unjudged"),
        ([{}, {"seed": None}], None, "unjudged"),
        ([{"first_rewrite": False}, {"seed": None}], None, "readers"),
    ],
)
def test_so_many_must_call_the_gold_and_silence_is_no_verdict(readers, agree, found):
    assert verdict([Scripted(**answers) for answers in readers], agree, ONE) == [found]


def test_a_reader_that_can_change_nothing_is_not_asked():
    first, second, third = Scripted(first_rewrite=False), Scripted(seed=False), Scripted()
    assert verdict([first, second, third], 2, ONE, TWO) == ["readers", None]
    assert first.asked == [SEED, ONE, TWO]
    assert second.asked == [SEED]
    assert third.asked == [SEED, TWO]


answers = st.sampled_from([True, False, None])


@given(st.lists(st.tuples(answers, answers), min_size=1, max_size=5), st.none() | st.integers(1, 5))
def test_what_is_asked_late_or_not_at_all_never_changes_the_verdict(votes, asked):
    asked = None if asked is None else min(asked, len(votes))
    agree = max(1, sum(seed is not False for seed, _ in votes)) if asked is None else asked
    readers = [Scripted(seed=seed, first_rewrite=rewrite) for seed, rewrite in votes]
    right = sum(seed is True and rewrite is True for seed, rewrite in votes)
    silent = sum(seed is None or (seed is True and rewrite is None) for seed, rewrite in votes)
    found = verdict(readers, asked, ONE)[0]
    if right >= agree:
        assert found is None
    elif right + silent >= agree:
        assert found == "unjudged"
    else:
        assert found in {"readers", "unread"}


def test_seeds_that_enough_readers_answer_can_be_attacked(make_weather):
    seeds = [weather(), make_weather("w2", "Rome")]
    assert Readers([Scripted(seed=False), Scripted()], 1).readable(seeds) == [True, True]
    assert Readers([Scripted(seed=False), Scripted()], 2).readable(seeds) == [False, True]
    assert Readers([Scripted(seed=False), Scripted()], None).readable(seeds) == [True, True]
    assert Readers([Scripted(seed=None), Scripted()], None).readable(seeds) == [False, True]
    assert Readers([Scripted(seed=False)], None).readable(seeds) == [False, True]
    assert Readers([Scripted(seed=None)], 1).readable(seeds) == [False, True]
    assert Readers([Scripted()], 1).readable([]) == []


def test_no_reader_is_asked_about_a_seed_that_wants_no_call(make_weather):
    reader = Scripted(seed=False, first_rewrite=False)
    wants_none = weather().model_copy(update={"gold": []})
    judged = Readers([reader], 1)
    assert judged.explain([Facts(wants_none, ONE), Facts(weather(), ONE)])[0] is None
    assert judged.readable([wants_none, weather(), wants_none]) == [True, False, True]
    assert set(reader.asked) == {SEED}


class Apart:
    """No two texts mean the same to it."""

    def embed(self, texts):
        return np.eye(max(1, len(texts)), dtype=np.float32)[: len(texts)]


WORDED = "Paris again for me: how wet and how warm does it get there, the coming 3 days? Only the weather, as ever."


def test_rules_of_wording_give_way_where_readers_judge_free_text(params):
    reader = Scripted()
    seed = weather()
    pairs = [(seed, WORDED), (seed, "Rome, the next 3 days, how does the weather look?"), (seed, f"{SEED} {{}}")]
    with_readers = Gatekeeper(params.gates, Apart(), readers=Readers([reader], 1))
    assert with_readers.rejections(pairs, "rewrite") == [None, "grounding", "leak"]
    assert reader.asked == [SEED, WORDED]
    alone = Gatekeeper(params.gates, Apart())
    assert alone.rejections(pairs[:1], "rewrite")[0] in WORDING
    assert set(WORDING) < set(alone.gates)


def test_rules_of_values_give_way_where_the_recipe_says_so_and_only_where_a_call_is_wanted(params):
    seed = weather()
    pairs = [(seed, "Rome, the next 3 days, how does the weather look?"), (seed, f"{SEED} {{}}")]
    values = [*WORDING, "grounding"]
    assert Gatekeeper(params.gates, None, readers=Readers([Scripted()], 1, values)).rejections(pairs, "rewrite") == [
        None,
        "leak",
    ]
    more = "How is the weather in Paris? I have 7 days off."
    wants_none = seed.model_copy(update={"gold": [], "query": "How is the weather in Paris?"})
    given_way = Gatekeeper(params.gates, None, readers=Readers([], 0, [*WORDING, "quantities", "negation"]))
    exact = Gatekeeper(params.gates, None, readers=Readers([], 0))
    other = "How is the weather in Paris for the 7 of us, not in Rome?"
    for rewrite in (more, other):
        assert given_way.rejections([(wants_none, rewrite)], "rewrite") == exact.rejections(
            [(wants_none, rewrite)], "rewrite"
        )


def test_programs_are_judged_as_ever_and_no_reader_is_asked(params):
    reader = Scripted(first_rewrite=False)
    pairs = [(weather(), SEED), (weather(), WORDED), (weather(), f"Hello! {SEED}")]
    with_readers = Gatekeeper(params.gates, None, readers=Readers([reader], 1))
    assert with_readers.rejections(pairs) == Gatekeeper(params.gates, None).rejections(pairs)
    assert not reader.asked


def test_what_is_rejected_by_a_reader_says_so_like_any_gate(params):
    keeper = Gatekeeper(params.gates, None, readers=Readers([Scripted(**{WORDED: False})], 1))
    assert rejected(keeper, [(weather(), WORDED, ())], "rewrite") == ["readers"]
    found = keeper.explain([(weather(), WORDED)], "rewrite")[0]
    assert found.detail == "0 of 1 readers call the gold, 1 must"


class Probing(Scripted):
    """A reader that judges rewrites of seeds without a call as well."""

    judges_no_call = True


def no_call(weather_seed):
    return weather_seed.model_copy(update={"gold": [], "category": "irrelevance"})


@pytest.mark.parametrize(
    ("readers", "agree", "found"),
    [
        ([Scripted(first_rewrite=False)], None, None),
        ([Probing(first_rewrite=False)], None, "readers"),
        ([Probing()], None, None),
        ([Scripted(first_rewrite=False), Probing()], None, None),
        ([Scripted(first_rewrite=False), Probing()], 2, None),
        ([Scripted(), Probing(first_rewrite=False)], 1, "readers"),
        ([Probing(first_rewrite=None)], None, "unjudged"),
    ],
)
def test_of_seeds_without_a_call_those_judge_that_can(weather_seed, readers, agree, found):
    seed = no_call(weather_seed)
    gate = Readers(readers, agree)
    (rejection,) = gate.explain([Facts(seed, ONE)])
    assert (rejection and rejection.gate) == found
    assert gate.readable([seed]) == [True]
    assert not any(reader.asked for reader in readers if not reader.judges_no_call)


def test_rules_of_values_and_of_tools_give_way_only_where_somebody_reads(weather_seed):
    seed = no_call(weather_seed)
    gates = [*WORDING, "quantities", "tool"]
    nobody, somebody = (Readers([one], None, gates) for one in (Scripted(), Probing()))
    assert [nobody.replace(gate, Facts(seed, ONE)) for gate in ("content", "quantities", "tool")] == [
        True,
        False,
        False,
    ]
    assert [somebody.replace(gate, Facts(seed, ONE)) for gate in ("content", "quantities", "tool")] == [True] * 3
    assert nobody.replace("quantities", Facts(weather_seed, ONE))
