"""The loss of SFT: what rows begin with in common is read once, and nothing changes but the time."""

from types import SimpleNamespace

import pytest
import torch

from sparring.adapters import new_adapter
from sparring.models import load_tokenizer
from sparring.sft import IGNORED, CompletionTrainer, SFTRow, _begun, _tokenised
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
    model = new_adapter(base, 4, "float32")
    for name, weights in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weights, std=0.05)
    return model


def loss_and_gradients(base, inputs, monkeypatch, share):
    if not share:
        monkeypatch.setattr("sparring.sft.WORTH_SHARING", 10_000)
    model = adapted(base)
    trainer = SimpleNamespace(accelerator=SimpleNamespace(unwrap_model=lambda wrapped: wrapped))
    loss = CompletionTrainer.compute_loss(trainer, model, inputs)
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
