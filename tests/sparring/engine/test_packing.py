"""Completions behind one prompt give what each gives in a row of its own, forward and backward."""

import pytest
import torch
from peft import load_peft_weights
from transformers import LlamaConfig, LlamaForCausalLM

from sparring.config import RLParams
from sparring.engine.determinism import settle
from sparring.engine.packing import IGNORED, pack
from sparring.engine.short_attention import NAME
from sparring.training import grpo
from tests.conftest import weather
from tests.tiny import make_language_model

PROMPTS = [[5, 6, 7], [8], [5, 6, 7], [8], [9, 10, 11, 12], [5, 6, 7]]
COMPLETIONS = [[20, 21], [22, 23, 24], [], [25], [26, 27, 28, 29], [20, 30]]
SIZE = {"vocab_size": 60, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}


def model_of(attention):
    torch.manual_seed(1)
    made = LlamaForCausalLM(LlamaConfig(**SIZE, num_key_value_heads=2))
    made.set_attn_implementation(attention)
    return made


def alone(model, prompt, completion):
    """Log-probabilities of a completion's tokens, read by itself."""
    logits = model(torch.tensor([[*prompt, *completion]])).logits[0, len(prompt) - 1 : -1]
    return logits.log_softmax(-1).gather(1, torch.tensor(completion).unsqueeze(1)).squeeze(1)


def together(model):
    """The same of all completions, packed; padded to five tokens."""
    packed = pack(PROMPTS, COMPLETIONS, torch.float32, torch.device("cpu"))
    assert packed.ids.shape[0] == len(set(map(tuple, PROMPTS)))
    logits = model(input_ids=packed.ids, attention_mask=packed.mask, position_ids=packed.positions).logits
    wanted = packed.labels.clamp(min=0).unsqueeze(-1)
    values = logits.log_softmax(-1).gather(-1, wanted).squeeze(-1).masked_fill(packed.labels == IGNORED, 0.0)
    return packed.unpacked(values, list(map(len, COMPLETIONS)), 5)


def test_each_token_is_as_likely_as_in_a_row_of_its_own():
    for attention in ("sdpa", "eager", NAME):
        model = model_of(attention)
        with torch.no_grad():
            found = together(model)
        assert found.shape == (len(COMPLETIONS), 5)
        for prompt, completion, row in zip(PROMPTS, COMPLETIONS, found, strict=True):
            assert torch.all(row[len(completion) :] == 0)
            if completion:
                assert torch.allclose(row[: len(completion)], alone(model, prompt, completion), atol=1e-5)


def test_gradients_are_those_of_rows_of_their_own():
    one, other = model_of(NAME), model_of(NAME)
    weights = [0.5, -1.0, 0.0, 2.0, 0.3, -0.7]
    (together(one).sum(1) * torch.tensor(weights)).sum().backward()
    rows = zip(PROMPTS, COMPLETIONS, weights, strict=True)
    sum(weight * alone(other, p, c).sum() for p, c, weight in rows if c).backward()
    for ours, theirs in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.allclose(ours.grad, theirs.grad, atol=1e-5)


def test_an_answer_without_a_reward_is_left_out_of_its_groups_mean(tmp_path, params):
    """Counted as 0, the odd answers would lie below the mean of their group, and be unlearnt."""
    changes = {"steps": 1, "prompts_per_step": 1, "group_size": 4}
    logged = []
    grpo.TargetJob(
        examples=[weather()], prompts=[weather().query],
        reward=lambda examples, texts: [{"total": 1.0} if number % 2 else {} for number in range(len(texts))],
        base=make_language_model(tmp_path / "base"), start=None, out=tmp_path / "out",
        params=RLParams.model_validate(params.rl.model_dump() | changes), max_new_tokens=4,
        lora_rank=4, lora_layers=None, dtype="float32", seed=3, label="RL",
    ).run(tmp_path / "work", lambda step, found: logged.append(found))  # fmt: skip
    assert [(step["total"], step["reward_std"], step["groups_without_variance"]) for step in logged] == [
        (1.0, 0.0, 1.0)
    ]


@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_a_packed_training_is_trls(tmp_path, params, monkeypatch, temperature):
    base = make_language_model(tmp_path / "base")
    seeds = [weather(f"w{number}", city) for number, city in enumerate(("Paris", "Rome", "Oslo", "Lima"))]
    changes = {"steps": 2, "prompts_per_step": 2, "group_size": 4, "beta": 0.02, "temperature": temperature}
    rl = RLParams.model_validate(params.rl.model_dump() | changes)

    def trained(name):
        settle(1, 3)
        out, steps = tmp_path / name, []
        grpo.TargetJob(
            examples=seeds, prompts=[seed.query for seed in seeds],
            reward=lambda examples, texts: [{"total": float(len(text) % 5)} for text in texts],
            base=base, start=None, out=out, params=rl, max_new_tokens=6,
            lora_rank=4, lora_layers=None, dtype="float32", seed=3, label="RL",
        ).run(tmp_path / f"work-{name}", lambda step, found: steps.append(found))  # fmt: skip
        return load_peft_weights(str(out)), steps

    packed, logged = trained("packed")
    monkeypatch.setattr(grpo, "takes_masks", lambda model: False)
    plain, expected = trained("plain")
    assert any(weights.abs().max() > 1e-4 for name, weights in packed.items() if "lora_B" in name)
    for name, weights in packed.items():
        assert torch.allclose(weights, plain[name], atol=2e-5), name
    for ours, theirs in zip(logged, expected, strict=True):
        assert {"entropy", "reward_std", "loss"} <= ours.keys()
        for name in ("entropy", "reward_std", "completion_tokens"):
            assert ours[name] == pytest.approx(theirs[name], abs=1e-4)
