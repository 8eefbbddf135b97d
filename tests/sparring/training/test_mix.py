from collections import Counter

import pytest

from sparring.config import OwnAnswersParams, SFTParams
from sparring.records import Attack, Completion, Example, Failure, Mistake, Trial, Verdict
from sparring.training.mix import capped, clean_rows, mix, updated_mistakes

PARAMS = SFTParams(
    start="last", update="sft", own=OwnAnswersParams(samples=2, temperature=1.0),
    attack_share=0.4, replay_share=0.2, clean_share=0.25, no_call_share=0.15, examples=20,
    max_per_seed=2, epochs=1, batch_size=4, learning_rate=1e-4, save_every=5,
)  # fmt: skip


def trial(attack_id: str, example_id: str, query: str, correct: bool) -> Trial:
    attack = Attack(id=attack_id, example_id=example_id, query=query, strategy="s", round="r01", seed=0)
    verdict = Verdict(correct=correct, failure=None if correct else Failure.WRONG_VALUE)
    completion = Completion(attack_id=attack_id, sample=0, text="[f()]")
    return Trial(attack=attack, completions=[completion], rejected_by=None, verdicts=[verdict])


@pytest.fixture
def seeds(make_weather) -> list[Example]:
    calls = [make_weather(f"w{i:02}", f"City{i}") for i in range(30)]
    refusals = [make_weather(f"n{i}").model_copy(update={"gold": [], "category": "irrelevance"}) for i in range(10)]
    return calls + refusals


def drawn(seeds, fresh, book):
    return mix(fresh, book, seeds, {s.id: s for s in seeds}, lambda example: f"gold of {example.id}", PARAMS, seed=3)


def test_a_round_trains_on_the_declared_number_of_rows_whatever_was_won(seeds):
    wins = [trial(f"a{i}", f"w{i:02}", f"attack {i}", correct=False) for i in range(12)]
    book = [Mistake(attack=trial(f"m{i}", f"w{i + 12:02}", f"old {i}", False).attack, score=1) for i in range(6)]
    full = Counter(row.origin for row in drawn(seeds, wins, book))
    assert full == {"attack": 8, "replay": 4, "clean": 5, "no_call": 3}
    nothing = Counter(row.origin for row in drawn(seeds, [], []))
    assert nothing == {"clean": 17, "no_call": 3}


def test_an_attack_row_asks_the_attack_and_answers_the_seeds_gold(seeds):
    rows = [row for row in drawn(seeds, [trial("a1", "w03", "the attack", False)], []) if row.origin == "attack"]
    assert [(row.messages[-1].content, row.completion) for row in rows] == [("the attack", "gold of w03")]


def test_the_same_seed_draws_the_same_rows_in_the_same_order(seeds):
    wins = [trial(f"a{i}", f"w{i:02}", f"attack {i}", correct=False) for i in range(12)]
    assert drawn(seeds, wins, []) == drawn(seeds, wins, [])


def test_attacks_that_did_not_win_train_nothing(seeds):
    assert not [row for row in drawn(seeds, [trial("a1", "w03", "q", correct=True)], []) if row.origin == "attack"]


def test_a_seed_is_capped_and_no_text_comes_twice():
    attacks = [trial(f"a{i}", "w01", query, False).attack for i, query in enumerate(["x", "x", "y", "z"])]
    assert [attack.query for attack in capped(attacks, 2)] == ["x", "y"]


def test_the_mistake_book_counts_up_on_failure_and_down_to_out_on_a_pass():
    old = [
        Mistake(attack=trial(f"m{i}", "w01", f"old {i}", False).attack, score=score)
        for i, score in enumerate([1, 2, 1])
    ]
    retried = [trial("m0", "w01", "old 0", True), trial("m1", "w01", "old 1", True), trial("m2", "w01", "old 2", False)]
    book = updated_mistakes(old, retried, [trial("a1", "w02", "new", False), trial("a2", "w02", "won nothing", True)])
    assert {(m.attack.query, m.score) for m in book} == {("old 1", 1), ("old 2", 2), ("new", 1)}


def test_the_warm_start_holds_its_share_of_no_call_rows(seeds):
    rows = clean_rows(seeds, 20, 0.2, lambda example: "x", seed=0)
    assert Counter(row.origin for row in rows) == {"clean": 16, "no_call": 4}
