"""The mix's promise: twins, equal parts on both sides, caps, a fixed number of rows, and the same rows once more."""

import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.config import AttackerShares, DPOParams, OwnAnswersParams, SFTParams
from sparring.records import KINDS, Attack, Completion, Example, Failure, Mistake, Trial, Verdict
from sparring.training.drawing import Candidate, Drawing, capped_by, ranked
from sparring.training.mistake_book import updated_mistakes
from sparring.training.mix import (
    SOURCES,
    attacked_rows,
    lacking,
    mix,
    mix_parts,
    quotas,
    sizes,
)
from sparring.training.seed_rows import Untouched, clean_rows
from tests.conftest import weather

PARAMS = SFTParams(
    start="last", update="sft", answers="own", own=OwnAnswersParams(samples=2, temperature=1.0),
    dpo=DPOParams(beta=0.1, sft_weight=1.0), kl=0.0,
    attackers=AttackerShares(query=0.4, book=0.2, earlier=0.1, rules=0.15, tools=0.15),
    no_call_share=0.25, examples=40, max_per_seed=2, max_per_operator=0.5, without=[],
    epochs=1, batch_size=4, learning_rate=1e-4, save_every=5,
)  # fmt: skip
OPERATORS = ("greeting", "quote", "quantity", "typos", "title", "digits")
ATTACKED = ("attack", "replay")


def seed_of(name: str) -> Example:
    """A seed with a call, or (its name begins with n) one that wants none."""
    seed = weather(name, f"City{name}")
    return seed if name.startswith("w") else seed.model_copy(update={"gold": [], "category": "irrelevance"})


def seeds_of(calls: int, refusals: int) -> list[Untouched]:
    names = [f"w{number:02}" for number in range(calls)] + [f"n{number:02}" for number in range(refusals)]
    return [Untouched(seed_of(name), f"gold of {name}") for name in names]


def candidate(number, seed, source="query", lost=True, strategy="quote", query=None, weight=1) -> Candidate:
    query = query or f"attack {number} on {seed}"
    name = "rules" if source == "rules" else "r01"
    attack = Attack(id=f"a{number:03}", example_id=seed, query=query, strategy=strategy, round=name, seed=0)
    asked = seed_of(seed).with_query(query)
    return Candidate(attack, asked, f"gold of {seed}", source, lost, "[wrong()]" if lost else None, weight)


@st.composite
def pools(draw):
    """Untouched seeds of either kind, candidates on some of them, and a recipe."""
    untouched = seeds_of(draw(st.integers(0, 12)), draw(st.integers(0, 8)))
    programs = st.lists(st.sampled_from(OPERATORS), min_size=1, max_size=3, unique=True)
    names = [each.seed.id for each in untouched]
    attacked = [
        candidate(
            number,
            draw(st.sampled_from(names)),
            draw(st.sampled_from(SOURCES)),
            draw(st.booleans()),
            " > ".join(draw(programs)),
            draw(st.sampled_from([None, "the same words"])),
        )
        for number in range(draw(st.integers(0, 24)) if names else 0)
    ]
    changes = {
        "examples": draw(st.integers(2, 40)),
        "no_call_share": draw(st.sampled_from([0.0, 0.25, 0.5, 1.0])),
        "attacked_share": draw(st.sampled_from([0.1, 0.25, 0.5])),
        "max_per_seed": draw(st.integers(1, 4)),
        "max_per_operator": draw(st.sampled_from([0.1, 0.35, 1.0])),
        "without": draw(st.lists(st.sampled_from(OPERATORS), max_size=2)),
    }
    return attacked, untouched, PARAMS.model_copy(update=changes), draw(st.integers(0, 3))


@settings(max_examples=60, deadline=None)
@given(pools())
def test_a_mix_keeps_its_promise(pool):
    attacked, untouched, params, seed = pool
    drawn = mix(attacked, untouched, params, seed)
    assert len(drawn) == (params.examples if untouched else 0)
    assert len({each.row.id for each in drawn}) == len(drawn)
    assert all(each.row.messages == each.asked.messages for each in drawn)
    for kind, wanted in sizes(untouched, params).items():
        rows = [each for each in drawn if each.asked.kind == kind]
        chosen = [each for each in rows if each.row.origin in ATTACKED]
        most = attacked_rows(wanted, params)
        assert len(rows) == wanted
        assert len(chosen) <= most <= wanted // 2
        asked = Counter(each.asked.id for each in chosen)
        assert max(asked.values(), default=0) <= params.max_per_seed
        assert set(asked) == {each.asked.id for each in rows if each.row.origin == "twin"}
        assert all(each.asked.id not in asked for each in rows if each.row.origin in ("clean", "no_call"))
        by_id = {each.attack.id: each for each in attacked}
        taken = [by_id[each.row.id.partition(":")[2]] for each in chosen]
        operators = Counter(name for each in taken for name in capped_by(each.attack))
        assert max(operators.values(), default=0) <= math.ceil(params.max_per_operator * most)
        assert not set(params.without) & set(operators)
        assert len({(each.asked.id, each.row.messages[-1].content) for each in chosen}) == len(chosen)
        if len(chosen) < most:  # no attack that is left out could have been taken
            drawing = Drawing(params, most, [each.seed for each in untouched])
            assert len(drawing.take(taken, wanted)) == len(taken)
            assert not [each for each in attacked if each.asked.kind == kind and drawing.allows(each)]
    again = mix(attacked[::-1], untouched, params, seed)
    assert [each.row.model_dump_json() for each in again] == [each.row.model_dump_json() for each in drawn]


@pytest.mark.parametrize(("share", "calls", "refusals"), [(0.25, 30, 10), (0.5, 20, 20), (0.0, 40, 0)])
def test_where_there_are_attacks_enough_both_halves_of_either_kind_are_equal(share, calls, refusals):
    untouched = seeds_of(30, 30)
    attacked = [
        candidate(number, each.seed.id, strategy=OPERATORS[number % 6]) for number, each in enumerate(untouched)
    ]
    drawn = mix(attacked, untouched, PARAMS.model_copy(update={"no_call_share": share}), 3)
    counts = Counter((each.row.origin in ATTACKED, each.asked.kind) for each in drawn)
    expected = {
        (half, kind): rows // 2
        for half in (True, False)
        for kind, rows in zip(KINDS, (calls, refusals), strict=True)
        if rows
    }
    assert counts == expected


@pytest.mark.parametrize(("share", "calls", "refusals"), [(0.5, 15, 5), (0.25, 7, 2), (0.1, 3, 1)])
def test_the_same_share_of_either_kind_is_attacked_and_the_rest_untouched(share, calls, refusals):
    untouched = seeds_of(30, 30)
    attacked = [
        candidate(number, each.seed.id, strategy=OPERATORS[number % 6]) for number, each in enumerate(untouched)
    ]
    params = PARAMS.model_copy(update={"attacked_share": share})
    drawn = mix(attacked, untouched, params, 3)
    counts = Counter((each.row.origin in ATTACKED, each.asked.kind) for each in drawn)
    assert counts == {
        (True, "call"): calls, (True, "no_call"): refusals,
        (False, "call"): 30 - calls, (False, "no_call"): 10 - refusals,
    }  # fmt: skip
    written = sum(lacking([], untouched, params, ["rules"]).values())
    assert 2 * (calls + refusals) <= written <= 2 * (calls + refusals + 2)  # two a row, a kind's rows rounded up


def test_lost_attacks_come_before_those_that_the_target_withstood():
    untouched = seeds_of(40, 0)
    attacked = [
        candidate(number, f"w{number:02}", SOURCES[number % 5], lost=number >= 20, strategy="rewrite")
        for number in range(40)
    ]
    params = PARAMS.model_copy(update={"no_call_share": 0.0})
    rows = [each.row for each in mix(attacked, untouched, params, 3) if each.row.origin in ATTACKED]
    assert [row.rejected is not None for row in rows].count(
        True
    ) == 16  # four of query and book, two of earlier, three of the rest


def test_a_seeds_second_attack_waits_for_the_first_of_all_others():
    rows = [candidate(0, "w01"), candidate(1, "w01"), candidate(2, "w02"), candidate(3, "w01", lost=False)]
    assert [each.attack.id for each in ranked(rows)] == ["a000", "a002", "a001", "a003"]


def test_heavier_mistakes_are_replayed_first():
    rows = [candidate(0, "w01", "book", weight=1), candidate(1, "w02", "book", weight=3)]
    assert [each.attack.id for each in ranked(rows)] == ["a001", "a000"]


def test_one_operator_fills_no_training_set_however_many_of_its_attacks_were_lost():
    untouched = seeds_of(30, 0)
    attacked = [candidate(number, f"w{number:02}", strategy="quantity > quote") for number in range(30)]
    attacked += [candidate(number + 50, f"w{number:02}", "rules", False, "typos") for number in range(30)]
    params = PARAMS.model_copy(update={"max_per_operator": 0.3})
    drawn = mix(attacked, untouched, params, 3)
    assert Counter(each.row.attacker for each in drawn) == {"r01": 6, "rules": 6, None: 28}


@pytest.mark.parametrize(
    ("strategy", "operators"),
    [
        ("quote > quantity", ("quote", "quantity")),
        ("schema:rename_functions", ("schema:rename_functions",)),
        ("rewrite", ()),
        ("greeting", ("greeting",)),
    ],
)
def test_what_a_cap_counts(strategy, operators):
    assert capped_by(candidate(0, "w01", strategy=strategy).attack) == operators


def test_untouched_rows_stand_several_times_where_there_are_too_few():
    drawn = mix([], seeds_of(3, 1), PARAMS, 3)
    counts = Counter(each.asked.id for each in drawn)
    assert counts == {"w00": 10, "w01": 10, "w02": 10, "n00": 10}
    assert {each.row.id for each in drawn if each.asked.id == "w00"} >= {"clean:w00", "clean2:w00", "clean10:w00"}


def test_attacker_and_wrong_answer_stand_in_attacked_rows_alone():
    drawn = mix([candidate(1, "w03"), candidate(2, "w04", "rules", False)], seeds_of(20, 0), PARAMS, 3)
    found = {each.row.id: (each.row.attacker, each.row.rejected) for each in drawn if each.row.attacker}
    assert found == {"attack:a001": ("r01", "[wrong()]"), "attack:a002": ("rules", None)}
    untouched = next(each.row for each in drawn if each.row.origin == "clean")
    assert {"attacker", "rejected"}.isdisjoint(untouched.model_dump())


def test_the_shares_of_attackers_add_up_to_every_row():
    for wanted in range(40):
        assert sum(quotas(PARAMS.attackers, wanted).values()) == wanted
    assert quotas(PARAMS.attackers, 20) == {"query": 8, "earlier": 2, "book": 4, "rules": 3, "tools": 3}


def test_who_is_asked_for_more_writes_what_the_others_lack():
    untouched = seeds_of(30, 30)
    nothing = lacking([], untouched, PARAMS, ["rules", "tools"])
    assert nothing == {("call", "rules"): 16, ("call", "tools"): 16, ("no_call", "rules"): 6, ("no_call", "tools"): 6}
    plenty = [candidate(number, f"w{number:02}", strategy="rewrite") for number in range(30)]
    enough = lacking(plenty, untouched, PARAMS, ["rules", "tools"])
    assert enough[("call", "rules")] == 2 * quotas(PARAMS.attackers, 15)["rules"]


def test_the_table_says_what_was_drawn_and_from_whom():
    attacked = [candidate(1, "w03"), candidate(2, "w04", "rules", False), candidate(3, "n01", "book")]
    drawn = mix(attacked, seeds_of(20, 5), PARAMS, 3)
    parts = mix_parts([each.row for each in drawn], [each.asked for each in drawn])
    assert [tuple(part.model_dump().values()) for part in parts] == [
        ("attack", "call", "r01", 1, 1),
        ("attack", "call", "rules", 1, 0),
        ("replay", "no_call", "r01", 1, 1),
        ("twin", "call", None, 4, 0),
        ("twin", "no_call", None, 2, 0),
        ("clean", "call", None, 24, 0),
        ("no_call", "no_call", None, 7, 0),
    ]


def trial(attack_id: str, example_id: str, query: str, correct: bool) -> Trial:
    attack = Attack(id=attack_id, example_id=example_id, query=query, strategy="s", round="r01", seed=0)
    verdict = Verdict(correct=correct, failure=None if correct else Failure.WRONG_VALUE)
    completion = Completion(attack_id=attack_id, sample=0, text="[f()]")
    return Trial(attack=attack, completions=[completion], rejected_by=None, verdicts=[verdict])


def test_the_mistake_book_counts_up_on_failure_and_down_to_out_on_a_pass():
    old = [
        Mistake(attack=trial(f"m{i}", "w01", f"old {i}", False).attack, score=score)
        for i, score in enumerate([1, 2, 1])
    ]
    retried = [trial("m0", "w01", "old 0", True), trial("m1", "w01", "old 1", True), trial("m2", "w01", "old 2", False)]
    book = updated_mistakes(old, retried, [trial("a1", "w02", "new", False), trial("a2", "w02", "won nothing", True)])
    assert {(m.attack.query, m.score) for m in book} == {("old 1", 1), ("old 2", 2), ("new", 1)}


def test_the_warm_start_holds_its_share_of_no_call_rows():
    seeds = [each.seed for each in seeds_of(30, 10)]
    rows = clean_rows(seeds, 20, 0.2, lambda example: "x", seed=0)
    assert Counter(row.origin for row in rows) == {"clean": 16, "no_call": 4}
