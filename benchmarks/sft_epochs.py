"""An SFT epoch, ours and SFTTrainer's with its defaults: seconds, and what both have learnt after each quarter.

Losses of single batches cannot be compared: ours hold rows of like length, SFTTrainer's rows at random. So both curves
are the loss on the same rows, which neither learns, and each way takes several random seeds.
"""

import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from statistics import mean, stdev

import torch

from benchmarks import plain
from sparring.engine.batched_generation import log_likelihoods
from sparring.engine.models import load_model, load_tokenizer
from sparring.records import SFTExample
from sparring.training.seed_rows import clean_rows
from sparring.training.sft import SFTJob, SFTRow, prompt_text
from tasks.players import gold_text, training_row, warm_start_hyper
from tasks.rounds import Round

SEEDS = (17, 18, 19)
NO_CALL = 0.15
QUARTERS = 4


@dataclass
class Epochs:
    """One way's epochs: wall seconds, and the loss on other rows after each quarter, by random seed."""

    seconds: list[float] = field(default_factory=list)
    losses: list[list[float]] = field(default_factory=list)

    def curve(self) -> str:
        """Mean and standard deviation over the seeds, quarter by quarter."""
        return " ".join(f"{mean(each):.3f}±{stdev(each):.3f}" for each in zip(*self.losses, strict=True))


def sft_rows(played: Round, num_rows: int) -> list[SFTRow]:
    """Clean rows as the target learns them."""
    made = clean_rows(played.project.examples("train"), num_rows, NO_CALL, partial(gold_text, played.project), SEEDS[0])
    return [training_row(played.project, row) for row in made]


def sft_epochs(played: Round, rows: Sequence[SFTRow]) -> tuple[Epochs, Epochs]:
    """Epochs on the rows, ours and SFTTrainer's, in turns."""
    others = clean_rows(
        played.project.examples("val"), len(rows), NO_CALL, partial(gold_text, played.project), SEEDS[0]
    )
    wanted = warm_start_hyper(played.project, played.project.params.target.warm_start)
    quarter = -(-len(rows) // wanted.batch_size) // QUARTERS
    ours, theirs = Epochs(), Epochs()
    for seed in SEEDS:
        hyper = replace(wanted, epochs=1, save_every=quarter, seed=seed)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            keep = Checkpoints(folder / "steps", folder / "kept")
            torch.manual_seed(seed)
            begun = time.perf_counter()
            SFTJob(rows, played.project.base, None, folder / "ours", hyper, "SFT epoch").run(folder / "steps", keep)
            ours.seconds.append(time.perf_counter() - begun)
            keep(0, {})
            ours.losses.append(_losses(played, folder / "kept", others))
            torch.manual_seed(seed)
            begun = time.perf_counter()
            plain.train_sft(played.project.base, rows, folder / "theirs", hyper)
            theirs.seconds.append(time.perf_counter() - begun)
            theirs.losses.append(_losses(played, folder / "theirs", others))
        print(f"seed {seed}: {ours.losses[-1]}, otherwise {theirs.losses[-1]}", flush=True)
    return ours, theirs


class Checkpoints:
    """Moves aside what the trainer would delete as it goes on: a copy of each new checkpoint, looked for at each step."""

    def __init__(self, work: Path, kept: Path) -> None:
        self.work = work
        self.kept = kept

    def __call__(self, step: int, metrics: Mapping[str, float]) -> None:
        """As a trainer's `on_log`."""
        for folder in self.work.glob("checkpoint-*"):
            if not (self.kept / folder.name).exists():
                shutil.copytree(folder, self.kept / folder.name)


def _losses(played: Round, folder: Path, rows: Sequence[SFTExample]) -> list[float]:
    """Mean cross-entropy a token of the right calls, in nats, by checkpoint."""
    found = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]))
    if len(found) != QUARTERS:
        raise ValueError(f"{folder}: {len(found)} checkpoints where {QUARTERS} were to be kept")
    return [_loss(played, checkpoint, rows) for checkpoint in found]


def _loss(played: Round, adapter: Path, rows: Sequence[SFTExample]) -> float:
    model, tokenizer = (
        load_model(played.project.base, adapter, played.project.params.models.dtype),
        load_tokenizer(played.project.base),
    )
    asked = [training_row(played.project, row) for row in rows]
    prompts = [tokenizer(prompt_text(tokenizer, row), add_special_tokens=False)["input_ids"] for row in asked]
    texts = [row.completion + tokenizer.eos_token for row in asked]
    found = log_likelihoods(
        model, tokenizer, prompts, texts, played.project.params.rollout.batch_tokens, "loss on other rows"
    )
    return -sum(found) / sum(len(tokenizer(text, add_special_tokens=False)["input_ids"]) for text in texts)
