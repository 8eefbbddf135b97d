"""The loss of SFT: what rows begin with in common is read once, and nothing changes but the time."""

import random
from types import SimpleNamespace

import pytest
import torch
from peft import load_peft_weights

from sparring.engine.adapters import new_adapter
from sparring.engine.determinism import settle
from sparring.engine.models import load_tokenizer
from sparring.engine.packing import IGNORED
from sparring.training.completion_trainer import CompletionTrainer, _begun
from sparring.training.like_lengths import LikeLengths
from sparring.training.sft import SFTHyper, SFTJob, SFTRow, _tokenised
from tests.tiny import make_language_model

SYSTEM = "Answer with a list of calls of these functions, and with nothing else."
ASKED = ("Paris", "Rio de Janeiro, please", "the weather in Oslo", "Rome")


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return make_language_model(tmp_path_factory.mktemp("sft") / "base")


def batch(base, system):
    """Rows as the trainer hands them to the loss: padded at their end."""
    rows = []
    for city in ASKED:
        messages = [{"role": "system", "content": system(city)}, {"role": "user", "content": city}]
        rows.append(_tokenised(load_tokenizer(base), SFTRow(messages, f"[get_weather(city='{city}')]")))
    width = max(len(row["input_ids"]) for row in rows) + 3
    ids, labels = torch.zeros(len(rows), width, dtype=torch.long), torch.full((len(rows), width), IGNORED)
    for number, row in enumerate(rows):
        tokens, learnt = torch.tensor(row["input_ids"]), torch.tensor(row["completion_mask"]).bool()
        ids[number, : len(tokens)] = tokens
        labels[number, : len(tokens)][learnt] = tokens[learnt]
    return {"input_ids": ids, "labels": labels}


def adapted(base):
    """The base with an adapter that does something."""
    torch.manual_seed(2)
    model = new_adapter(base, 4, None, "float32")
    for name, weights in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weights, std=0.05)
    return model


def loss_and_gradients(base, inputs, monkeypatch, share):
    if not share:
        monkeypatch.setattr("sparring.training.completion_trainer.WORTH_SHARING", 10_000)
    model = adapted(base)
    trainer = CompletionTrainer.__new__(CompletionTrainer)
    trainer.accelerator = SimpleNamespace(unwrap_model=lambda wrapped: wrapped)
    loss = trainer.compute_loss(model, inputs)
    loss.backward()
    return loss, {name: weights.grad for name, weights in model.named_parameters() if weights.requires_grad}


def test_a_common_beginning_is_read_once_and_learnt_from_by_all(base, monkeypatch):
    inputs = batch(base, lambda city: SYSTEM)
    begun = _begun(inputs["input_ids"][:, :-1], inputs["labels"][:, 1:])
    assert begun >= len(load_tokenizer(base)(SYSTEM)["input_ids"])
    found, learnt = loss_and_gradients(base, inputs, monkeypatch, share=True)
    expected, gradients = loss_and_gradients(base, inputs, monkeypatch, share=False)
    assert found.item() == pytest.approx(expected.item(), abs=1e-5)
    assert max(gradient.abs().max() for gradient in gradients.values()) > 1e-3
    for name, gradient in gradients.items():
        assert torch.allclose(learnt[name], gradient, atol=1e-5), name


def test_it_is_the_mean_over_the_completions_tokens(base, monkeypatch):
    inputs = batch(base, lambda city: SYSTEM)
    found, _ = loss_and_gradients(base, inputs, monkeypatch, share=True)
    with torch.no_grad():
        expected = adapted(base)(input_ids=inputs["input_ids"], labels=inputs["labels"]).loss
    assert found.item() == pytest.approx(expected.item(), abs=1e-5)


def test_rows_without_a_common_beginning_or_learning_at_it_share_nothing(base):
    apart = batch(base, lambda city: f"{city}: {SYSTEM}")
    assert _begun(apart["input_ids"][:, :-1], apart["labels"][:, 1:]) == 0
    alone = {name: rows[:1] for name, rows in batch(base, lambda city: SYSTEM).items()}
    assert _begun(alone["input_ids"][:, :-1], alone["labels"][:, 1:]) == 0
    alike = torch.arange(40).repeat(3, 1)
    wanted = torch.full((3, 40), IGNORED)
    wanted[1, 20:] = 7
    assert _begun(alike, wanted) == 20


def test_long_rows_in_several_passes_teach_what_one_pass_teaches(base, tmp_path, monkeypatch):
    rows = [
        SFTRow([{"role": "system", "content": SYSTEM}, {"role": "user", "content": city * 3}], f"[f(x='{city}')]")
        for city in ASKED
    ]
    hyper = SFTHyper(
        epochs=1, batch_size=4, learning_rate=1e-3, lora_rank=4, lora_layers=None, save_every=9, seed=3, dtype="float32"
    )

    def trained(name):
        settle(1, 3)
        losses = []
        job = SFTJob(rows, base, None, tmp_path / name, hyper, "SFT")
        job.run(tmp_path / f"{name}-work", lambda step, found: losses.append(found["loss"]))
        return load_peft_weights(str(tmp_path / name)), losses

    whole, losses = trained("whole")
    passes = []
    monkeypatch.setattr("sparring.training.completion_trainer.BYTES_AT_ONCE", 400)
    compute = CompletionTrainer.compute_loss
    monkeypatch.setattr(
        CompletionTrainer,
        "compute_loss",
        lambda trainer, model, inputs, *others, **named: (
            passes.append(len(inputs["input_ids"])) or compute(trainer, model, inputs, *others, **named)
        ),
    )
    parts, again = trained("parts")
    assert len(passes) > 1
    assert sum(passes) == len(rows)
    assert again == pytest.approx(losses, abs=1e-5)
    for name, weights in whole.items():
        assert torch.allclose(parts[name], weights, atol=1e-5), name


@pytest.mark.parametrize("count", [40, 48, 120, 301])
def test_batches_hold_like_lengths_and_every_row_once(count):
    lengths = [random.Random(count + number).randint(90, 400) for number in range(count)]
    sampler = LikeLengths(lengths, 8, 17)
    first = list(sampler)
    assert sorted(first) == list(range(count))
    assert list(LikeLengths(lengths, 8, 17)) == first
    batches = [first[begin : begin + 8] for begin in range(0, count, 8)]
    padded = sum(len(batch) * max(lengths[index] for index in batch) for batch in batches)
    assert padded <= 1.2 * sum(lengths)
    means = [sum(lengths[index] for index in batch) / len(batch) for batch in batches]
    assert means != sorted(means)
    sampler.set_epoch(1)
    assert sorted(sampler) == list(range(count))
    assert list(sampler) != first
