"""Generation and scoring on a tiny model: batches change nothing but the speed."""

from functools import partial

import pytest
import torch
from transformers import LogitsProcessor, LogitsProcessorList

from sparring.attacker.program import parse_program
from sparring.attacker.query_model import QueryModel
from sparring.config import Params
from sparring.dialects import DIALECTS
from sparring.engine.batched_generation import SAMPLED_APART, Part, generate, in_order, log_likelihoods, prompt_ids
from sparring.engine.batching import batches
from sparring.engine.models import load_model, load_tokenizer
from sparring.engine.sampling import Drawn
from sparring.targets.checkpoint import Checkpoint
from sparring.targets.local import LocalTarget
from tests.tiny import make_language_model


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return make_language_model(tmp_path_factory.mktemp("tiny") / "base")


@pytest.fixture(scope="module")
def small(params):
    changed = params.model_dump(mode="json")
    changed["models"]["dtype"] = "float32"
    changed["target"]["max_new_tokens"] = 8
    changed["query_model"]["max_new_tokens"] = 8
    return Params.model_validate(changed)


def test_batches_hold_all_rows_within_their_tokens():
    lengths = [5, 90, 17, 40, 3, 90, 41]
    found = list(batches(lengths, 100))
    assert sorted(index for batch in found for index in batch) == list(range(len(lengths)))
    assert all(len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= 100 for batch in found)


def test_a_batch_answers_as_each_prompt_alone(tiny, make_weather, small):
    target = LocalTarget(tiny, None, small)
    seeds = [make_weather(str(n), city) for n, city in enumerate(("Rome", "Rio de Janeiro, Brazil", "Ulan Bator"))]
    together = target.answer(seeds, 1, 0.0, 1)
    assert together == [target.answer([seed], 1, 0.0, 1)[0] for seed in seeds]


@pytest.mark.parametrize("workers", [2, 3])
def test_workers_parts_are_what_one_alone_writes(tiny, make_weather, small, workers):
    changed = small.model_dump(mode="json")
    changed["rollout"]["batch_tokens"] = 10  # each row is a batch
    target = LocalTarget(tiny, None, Params.model_validate(changed))
    seeds = [make_weather(str(n), city) for n, city in enumerate(("Rome", "Rio de Janeiro, Brazil", "Oslo", "Bonn"))]
    drafts = ["[]", "[get_weather(city='Rome')]", "", "no"]
    parts = [Part(number, workers) for number in range(workers)]
    for whole, found in (
        (target.answer(seeds, 2, 1.0, 5), [target.part_of_answers(seeds, 2, 1.0, 5, part) for part in parts]),
        (target.answer_drafts(seeds, drafts), [target.part_of_drafts(seeds, drafts, part) for part in parts]),
    ):
        assert sum(map(len, found)) == len(seeds)
        assert all(len(one) < len(seeds) for one in found)
        together = {index: answer for one in found for index, answer in one.items()}
        assert [together[index] for index in range(len(seeds))] == whole


def test_the_likelihood_is_the_sum_of_the_tokens_log_probabilities(tiny):
    model, tokenizer = load_model(tiny, None, "float32"), load_tokenizer(tiny)
    prompts = [
        prompt_ids(tokenizer, [{"role": "user", "content": text}], None) for text in ("Hello", "Hello there, you")
    ]
    texts = ["[f(x=1)]", "[]"]
    found = log_likelihoods(model, tokenizer, prompts, texts, 4096, "scoring")
    for prompt, text, value in zip(prompts, texts, found, strict=True):
        answer = tokenizer(text, add_special_tokens=False)["input_ids"]
        with torch.no_grad():
            logits = model(torch.tensor([prompt + answer])).logits[0].log_softmax(-1)
        wanted = sum(float(logits[len(prompt) - 1 + i, token]) for i, token in enumerate(answer))
        assert value == pytest.approx(wanted, abs=1e-3)


def test_drafts_change_nothing_but_the_speed(tiny, make_weather, small):
    target = LocalTarget(tiny, None, small)
    seeds = [
        make_weather(str(n), city) for n, city in enumerate(("Rome", "Rio de Janeiro, Brazil", "Ulan Bator", "Oslo"))
    ]
    plain = [texts[0] for texts in target.answer(seeds, 1, 0.0, 1)]
    drafts = [plain[0], "", f"{plain[2][:3]} something else", f"{plain[3]} and a tail that is much too long"]
    found = target.answer_drafts(seeds, drafts)
    assert [each.text for each in found] == plain
    assert not any(each.kept for each in found[1:3])
    likely = target.gold_logprob(seeds[:3], drafts[:3])
    assert [each.draft_logprob for each in found[:3]] == pytest.approx(likely, abs=1e-3)


def test_an_answer_that_ends_by_itself_is_settled_by_its_draft(tmp_path, make_weather, params):
    seeds = [make_weather(str(n), city) for n, city in enumerate(("Rome", "Oslo"))]
    base = make_language_model(tmp_path / "base", seeds, num_steps=150)
    changed = params.model_dump(mode="json")
    changed["models"]["dtype"] = "float32"
    target = LocalTarget(base, None, Params.model_validate(changed))
    plain = [texts[0] for texts in target.answer(seeds, 1, 0.0, 1)]
    found = target.answer_drafts(seeds, plain)
    assert [each.text for each in found] == plain
    assert all(each.kept for each in found)
    crossed = target.answer_drafts(seeds, plain[::-1])
    assert [each.text for each in crossed] == plain


def test_a_prompt_read_once_gives_the_samples_that_reading_it_for_each_gives(tiny):
    model, tokenizer = load_model(tiny, None, "float32"), load_tokenizer(tiny)
    prompts = [
        prompt_ids(tokenizer, [{"role": "user", "content": text}], None) for text in ("Hello", "Hello there, you")
    ]
    found = generate(model, tokenizer, prompts, 3, 6, 1.0, 4096, 5, "samples")
    width = max(map(len, prompts))
    rows = [[tokenizer.pad_token_id] * (width - len(ids)) + ids for ids in prompts[::-1]]  # longest first
    ids = torch.tensor(rows)
    mask = torch.tensor([[0] * (width - len(ids)) + [1] * len(ids) for ids in prompts[::-1]])
    torch.manual_seed(5 * SAMPLED_APART)
    options = {"do_sample": False, "max_new_tokens": 6, "logits_processor": LogitsProcessorList([Drawn(1.0)])}
    ids, mask = ids.repeat_interleave(3, dim=0), mask.repeat_interleave(3, dim=0)
    written = model.generate(input_ids=ids, attention_mask=mask, pad_token_id=tokenizer.pad_token_id, **options)
    texts = [text.strip() for text in tokenizer.batch_decode(written[:, width:], skip_special_tokens=True)]
    assert in_order(found) == [texts[3:], texts[:3]]
    assert len(set(texts)) > 3


def test_samples_depend_on_the_seed_alone(tiny, small):
    writer = QueryModel(tiny, None, small)
    prompts = [[{"role": "user", "content": text}] for text in ("one", "two")]
    first = writer.write(prompts, 3, 1.0, 5)
    assert [len(texts) for texts in first] == [3, 3]
    assert writer.write(prompts, 3, 1.0, 5) == first
    assert writer.write(prompts, 3, 1.0, 6) != first


def test_rows_that_end_at_different_times_are_all_programs(tiny, params):
    changed = params.model_dump(mode="json")
    changed["models"]["dtype"] = "float32"
    writer = QueryModel(tiny, None, Params.model_validate(changed))
    prompts = [[{"role": "user", "content": f"number {n} {'and more ' * n}"}] for n in range(6)]
    written = [text for texts in writer.write(prompts, 8, 1.0, 7) for text in texts]
    assert len({len(parse_program(text)) for text in written}) > 1


class Dictated(LogitsProcessor):
    """Lets the model write given tokens and nothing else, e.g. those that no random model would."""

    def __init__(self, tokens, start):
        self.tokens = tokens
        self.start = start

    def __call__(self, input_ids, scores):
        wanted = self.tokens[min(input_ids.shape[1] - self.start, len(self.tokens) - 1)]
        return torch.full_like(scores, -torch.inf).index_fill(1, torch.tensor([wanted]), 0.0)


def test_special_tokens_are_part_of_an_answer_and_the_mark_of_its_end_is_not(tiny):
    model, tokenizer = load_model(tiny, None, "float32"), load_tokenizer(tiny)
    tokenizer.add_special_tokens({"additional_special_tokens": ["[TOOL_CALLS]"]})
    model.resize_token_embeddings(len(tokenizer))
    answer = '[TOOL_CALLS] [{"name": "get_weather", "arguments": {"city": "Oslo"}}]'
    prompt = prompt_ids(tokenizer, [{"role": "user", "content": "?"}], None)
    tokens = tokenizer(f"{answer}<|im_end|>[TOOL_CALLS] more", add_special_tokens=False)["input_ids"]

    def dictated(write):
        return partial(write, logits_processor=LogitsProcessorList([Dictated(tokens, len(prompt))]))

    asked = {"max_new_tokens": len(tokens), "temperature": 0.0, "batch_tokens": 4096, "seed": 0, "label": "answers"}
    marked = generate(model, tokenizer, [prompt], 1, constrained=dictated, marked=True, **asked)[0]
    plain = generate(model, tokenizer, [prompt], 1, constrained=dictated, **asked)[0]
    assert marked == [answer]
    assert DIALECTS["mistral"].parse(answer) == [("get_weather", {"city": "Oslo"})]
    assert plain == [answer.removeprefix("[TOOL_CALLS] ")]


@pytest.mark.parametrize(("end", "was_cut"), [("", True), ("<|im_end|>", False)])
def test_whether_a_text_was_cut_is_seen_where_it_is_written(tiny, end, was_cut):
    """Read again, what ends in line breaks has fewer tokens than were written: its length does not tell."""
    model, tokenizer = load_model(tiny, None, "float32"), load_tokenizer(tiny)
    prompt = prompt_ids(tokenizer, [{"role": "user", "content": "?"}], None)
    tokens = tokenizer(f"none{end}", add_special_tokens=False)["input_ids"]
    tokens += [] if end else tokenizer("\n", add_special_tokens=False)["input_ids"] * 6

    def dictated(write):
        return partial(write, logits_processor=LogitsProcessorList([Dictated(tokens, len(prompt))]))

    asked = {"max_new_tokens": len(tokens), "temperature": 0.0, "batch_tokens": 4096, "seed": 0, "label": "answers"}
    cut = set()
    assert generate(model, tokenizer, [prompt], 1, constrained=dictated, marked=True, cut=cut, **asked)[0] == ["none"]
    assert cut == ({(0, 0)} if was_cut else set())


def test_a_cut_answer_of_a_checkpoint_is_named_no_answer_and_not_asked_again(tiny, weather_seed, small, tmp_path):
    target = LocalTarget(tiny, None, small)
    ends = list(range(0, len(target.tokenizer), small.target.max_new_tokens))  # so that some texts end in time
    target.model.generation_config.eos_token_id = ends
    found = Checkpoint(target, tmp_path / "journal").ask([weather_seed], 40, 1.0, 1)
    whole = target.answer_to_the_end([weather_seed], 40, 1.0, 1)[0]
    assert {ended for _, ended in whole} == {True, False}
    assert found.texts == [[text if ended else None for text, ended in whole]]
    assert found.reasons == [f"cut at {small.target.max_new_tokens} tokens"]
    target.answer_to_the_end = None  # whoever asks again fails
    assert Checkpoint(target, tmp_path / "journal").ask([weather_seed], 40, 1.0, 1) == found


def test_a_local_targets_answers_hold_their_special_tokens(tiny, weather_seed, small):
    target = LocalTarget(tiny, None, small)
    found = [text for texts in target.answer([weather_seed] * 4, 50, 1.0, 1) for text in texts]
    assert any("<|im_start|>" in text for text in found)
    assert not any("<|im_end|>" in text for text in found)
    draft = next(text for text in found if "<|im_start|>" in text)
    assert target.answer_drafts([weather_seed], [draft])[0].text == target.answer([weather_seed], 1, 0.0, 1)[0][0]


def test_several_greedy_samples_are_refused(tiny):
    with pytest.raises(ValueError, match="temperature above 0"):
        generate(load_model(tiny, None, "float32"), load_tokenizer(tiny), [[1, 2]], 2, 4, 0.0, 100, 1, "x")
