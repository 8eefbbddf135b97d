"""Where an answer decides whether it calls: found by dialect and tokenizer, read once, answered on both sides."""

import pytest
import torch

from sparring.dialects import DIALECTS
from sparring.engine.batched_generation import prompt_ids
from sparring.engine.decision import Decision, branches, decision
from sparring.engine.models import load_model, load_tokenizer
from sparring.gold import gold_calls

PYTHONIC = DIALECTS["pythonic"]


@pytest.fixture(scope="module")
def played(base_by_heart):
    return load_model(base_by_heart, None, "float32"), load_tokenizer(base_by_heart)


@pytest.fixture
def seeds(known_seeds):
    return known_seeds


def gold(example):
    return PYTHONIC.render(gold_calls(example))


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_each_dialect_decides_at_one_token(name, played, seeds):
    dialect, words = DIALECTS[name], played[1]
    calling = [dialect.render(gold_calls(example)) for example in seeds if example.gold]
    found = decision(words, calling, dialect.render([]))
    assert found is not None
    signed = [[*words(text)["input_ids"], words.eos_token_id][len(found.prefix)] == found.sign for text in calling]
    declines = [*words(dialect.render([]))["input_ids"], words.eos_token_id][len(found.prefix)] == found.sign
    assert set(signed) == {found.calls}
    assert declines is not found.calls


def test_texts_that_part_at_several_places_decide_nowhere(played):
    words = played[1]
    one, two = words.decode([10, 11, 12]), words.decode([10, 13])
    assert decision(words, [one, two], words.decode([10, 11, 14])) is None


@pytest.mark.parametrize(
    ("calls", "logits", "margin", "calling", "declining"),
    [
        (True, [0.0, 2.0, 5.0, 1.0], 3.0, 2, 1),
        (True, [6.0, 2.0, 5.0, 1.0], -1.0, 2, 0),
        (False, [0.0, 2.0, 5.0, 1.0], -3.0, 1, 2),
        (False, [6.0, 2.0, 5.0, 1.0], 1.0, 0, 2),
    ],
)
def test_the_margin_is_the_signs_distance_to_the_likeliest_other(calls, logits, margin, calling, declining):
    decided, values = Decision((), 2, calls), torch.tensor(logits)
    assert decided.margins(values).item() == margin
    assert decided.token(values, calling=True) == calling
    assert decided.token(values, calling=False) == declining
    assert decided.margins(torch.stack([values, values])).tolist() == [margin, margin]


def answered(played, seeds, drafts, calling):
    model, words = played
    found = decision(words, [gold(seed) for seed in seeds if seed.gold], "[]")
    prompts = [prompt_ids(words, PYTHONIC.messages(seed), None) for seed in seeds]
    return branches(model, words, prompts, drafts, calling, found, 60, 4096, "both ways")


def test_the_side_that_the_model_takes_is_its_own_greedy_answer(played, seeds):
    """The model knows these rows by heart: what it answers is right, so the right side is what it answers."""
    right = [gold(seed) for seed in seeds]
    found = answered(played, seeds, right, [bool(seed.gold) for seed in seeds])
    assert [branch.text for branch in found] == right
    assert [branch.margin > 0 for branch in found] == [bool(seed.gold) for seed in seeds]


def test_the_other_side_begins_otherwise(played, seeds):
    words = played[1]
    decided = decision(words, [gold(seed) for seed in seeds if seed.gold], "[]")
    found = answered(played, seeds, ["[]"] * len(seeds), [not seed.gold for seed in seeds])
    for seed, branch in zip(seeds, found, strict=True):
        token = words(branch.text, add_special_tokens=False)["input_ids"][len(decided.prefix)]
        assert (token == decided.sign) == (decided.calls != bool(seed.gold))


def test_a_guess_changes_the_time_and_no_answer(played, seeds):
    right, sides = [gold(seed) for seed in seeds], [bool(seed.gold) for seed in seeds]
    quick = answered(played, seeds, right, sides)
    for drafts in ([""] * len(seeds), ["[]"] * len(seeds), [text[:14] for text in right]):
        slow = answered(played, seeds, drafts, sides)
        assert [branch.text for branch in slow] == [branch.text for branch in quick]
        assert [branch.margin for branch in slow] == pytest.approx([branch.margin for branch in quick], abs=1e-3)
