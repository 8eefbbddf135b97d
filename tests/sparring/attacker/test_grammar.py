"""Sampling within the grammar gives programs alone, whatever the model would like to write."""

import random

import pytest
import torch

from sparring.attacker.grammar import ProgramGrammar
from sparring.attacker.program import MAX_STEPS, NAMES, ProgramError, parse_program, random_program, render_program
from sparring.engine.models import load_tokenizer
from sparring.errors import InputError
from tests import tiny


@pytest.fixture(scope="module")
def words():
    return tiny.tokenizer()


@pytest.fixture(scope="module")
def grammar(words):
    return ProgramGrammar(words)


def test_every_program_without_free_text_can_be_written(words, grammar):
    rng = random.Random(3)
    for _ in range(300):
        text = render_program(random_program(rng, rng.randint(1, MAX_STEPS)))
        ids = [*words(text, add_special_tokens=False)["input_ids"], words.eos_token_id]
        for place, token in enumerate(ids):
            assert token in grammar.allowed(tuple(ids[:place])), (text, place)


def test_whatever_is_sampled_is_a_program(words, grammar):
    rng = random.Random(4)
    lengths = set()
    for _ in range(300):
        ids: list[int] = []
        while words.eos_token_id not in ids:
            ids.append(rng.choice(sorted(grammar.allowed(tuple(ids)))))
        program = parse_program(words.decode(ids, skip_special_tokens=True))
        lengths.add(len(program))
    assert lengths == set(range(1, MAX_STEPS + 1))


def test_a_random_model_writes_programs_and_without_the_mask_it_does_not(tmp_path, words, grammar):
    from transformers import AutoModelForCausalLM

    folder = tiny.make_language_model(tmp_path / "random")
    model = AutoModelForCausalLM.from_pretrained(folder)
    tokenizer = load_tokenizer(folder)
    prompt = torch.tensor([tokenizer("hello", add_special_tokens=False)["input_ids"]] * 8)
    torch.manual_seed(0)
    options = {"input_ids": prompt, "attention_mask": torch.ones_like(prompt), "do_sample": True, "max_new_tokens": 40}
    free = tokenizer.batch_decode(model.generate(**options)[:, prompt.shape[1] :], skip_special_tokens=True)
    masked = grammar.masking(model.generate)(**options)[:, prompt.shape[1] :]
    written = tokenizer.batch_decode(masked, skip_special_tokens=True)
    assert all(parse_program(text) for text in written)
    assert len(set(written)) > 4
    assert not all(is_program(text) for text in free)


def test_operators_that_are_left_out_are_never_written(words):
    left_out = NAMES[:2]
    allowed = ProgramGrammar(words, left_out).allowed
    rng, seen = random.Random(4), set()
    for _ in range(300):
        written = []
        while words.eos_token_id not in written:
            written.append(rng.choice(sorted(allowed(tuple(written)))))
        seen |= {step.operator for step in parse_program(words.decode(written[:-1]))}
    assert seen == set(NAMES) - set(left_out)


def is_program(text):
    try:
        return bool(parse_program(text))
    except ProgramError:
        return False


def test_a_tokenizer_that_cannot_spell_is_refused(words):
    class Deaf:
        eos_token_id = 1

        def __call__(self, text, add_special_tokens):
            return {"input_ids": [0] * len(text.split())}

        def decode(self, ids, skip_special_tokens):
            return "?" * len(ids)

    with pytest.raises(InputError, match="cannot spell"):
        ProgramGrammar(Deaf())
