"""A training writes the same adapter after whatever, also where it was cut short between its last step and writing."""

import pytest
import torch

from sparring.config import DPOParams, RLParams
from sparring.engine.adapters import new_adapter, save_adapter
from sparring.engine.determinism import settle
from sparring.storage import hash_tree
from sparring.training.dpo import DPOJob
from sparring.training.grpo import TargetJob
from sparring.training.sft import SFTHyper, SFTJob, SFTRow
from tests.conftest import weather
from tests.tiny import make_language_model

SEEDS = [weather(f"w{number}", city) for number, city in enumerate(("Paris", "Rome", "Oslo", "Lima", "Bonn", "Riga"))]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return make_language_model(tmp_path_factory.mktemp("checkpoints") / "base")


def by_sft(base, out, work, logged):
    rows = [SFTRow([{"role": "user", "content": seed.query}], f"[get_weather(city='{seed.id}')]") for seed in SEEDS]
    hyper = SFTHyper(
        epochs=1, batch_size=2, learning_rate=1e-3, lora_rank=4, lora_layers=None, save_every=1, seed=3, dtype="float32"
    )
    SFTJob(rows, base, None, out, hyper, "SFT").run(work, lambda step, found: logged.append(step))


def by_rl(base, out, work, logged):
    """More seeds than its steps ask, so that the trainer could go on."""
    changes = {"steps": 2, "prompts_per_step": 2, "group_size": 2, "save_every": 1, "entropy_floor": 0.0}
    params = RLParams.model_validate(RECIPE | changes)
    reward = lambda examples, texts: [{"total": float(len(text) % 3)} for text in texts]  # noqa: E731
    job = TargetJob(examples=SEEDS, prompts=[seed.query for seed in SEEDS], reward=reward, base=base, start=None, out=out,
                    params=params, max_new_tokens=6, lora_rank=4, lora_layers=None, dtype="float32", seed=3, label="RL")  # fmt: skip
    job.run(work, lambda step, found: logged.append(step))


def by_preference(base, out, work, logged):
    rows = [
        SFTRow([{"role": "user", "content": seed.query}], f"[get_weather(city='{seed.id}')]", rejected="no")
        for seed in SEEDS
    ]
    hyper = SFTHyper(
        epochs=1, batch_size=2, learning_rate=1e-3, lora_rank=4, lora_layers=None, save_every=1, seed=3, dtype="float32"
    )
    champion = base.with_name("champion")
    if not champion.exists():
        save_adapter(new_adapter(base, 4, None, "float32"), champion)
    wanted = DPOParams(beta=0.1, sft_weight=1.0)
    DPOJob(rows, base, champion, None, out, hyper, wanted, "DPO").run(work, lambda step, found: logged.append(step))


RECIPE = {
    "steps": 2, "prompts_per_step": 2, "group_size": 2, "learning_rate": 1e-2, "temperature": 1.0, "beta": 0.0,
    "entropy_floor": 0.0, "entropy_coef": 0.0, "clip_low": 0.2, "clip_high": 0.28, "save_every": 1,
    "keep_checkpoints": 2, "mining": {"attacks_per_seed": 0, "examples": 8, "max_per_seed": 2},
}  # fmt: skip


@pytest.mark.parametrize("training", [by_sft, by_rl, by_preference])
def test_what_ended_with_its_last_checkpoint_takes_no_step_more(base, tmp_path, training):
    settle(1, 3)
    first, again = [], []
    training(base, tmp_path / "whole", tmp_path / "work", first)
    training(base, tmp_path / "resumed", tmp_path / "work", again)
    assert first
    assert not again
    assert hash_tree(tmp_path / "resumed") == hash_tree(tmp_path / "whole")


@pytest.mark.parametrize("training", [by_sft, by_rl, by_preference])
def test_a_new_adapter_ends_in_the_same_bytes_whatever_was_drawn_before_it(base, tmp_path, training):
    for name, drawn in (("first", 0), ("after-another", 1000)):
        settle(1, 3)
        torch.rand(drawn)
        training(base, tmp_path / name, tmp_path / f"{name}-work", [])
    assert hash_tree(tmp_path / "after-another") == hash_tree(tmp_path / "first")
