"""SFT of a LoRA adapter with TRL: completion-only loss, checkpoints to go on from, byte-identical outcomes.

Both players learn here: the target its calls, the query model its first actions. The adapter's folder is written whole
or not at all, without what differs from run to run.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets import Dataset
from trl import SFTConfig

from sparring.config import Params, SFTParams, WarmStartParams
from sparring.engine.adapters import begun_adapter
from sparring.engine.frozen_layers import frozen_layers
from sparring.engine.models import device, load_tokenizer
from sparring.engine.prefill import TokenIds
from sparring.engine.processes import number_of_processes, save_trained, together
from sparring.errors import InputError
from sparring.progress import OnLog
from sparring.training.checkpoints import LogProgress, SealCheckpoints, quiet, train_on
from sparring.training.completion_trainer import CompletionTrainer
from sparring.training.reference import Champion, HeldRows, kept_states

ROWS_AT_ONCE = 4  # the same where several processes train: they take part in every pass together


@dataclass(frozen=True)
class SFTRow:
    """One training row.

    Attributes:
        messages: Chat messages.
        completion: The assistant's text after them.
        tools: Tools for the chat template, if any.
        rejected: A wrong text that the player itself wrote there, if any; what learns by preference shuns it.
    """

    messages: list[dict[str, str]]
    completion: str
    tools: list[dict[str, Any]] | None = None
    rejected: str | None = None


@dataclass(frozen=True)
class SFTHyper:
    """Hyperparameters of one fine-tuning.

    `save_every` counts optimiser steps, `lora_layers` the layers with an adapter, from the top (None: all).
    """

    epochs: int
    batch_size: int
    learning_rate: float
    lora_rank: int
    lora_layers: int | None
    save_every: int
    seed: int
    dtype: str


def sft_hyper(params: Params, learnt: WarmStartParams | SFTParams, adapter: WarmStartParams) -> SFTHyper:
    """The recipe's numbers of one fine-tuning.

    Args:
        params: The recipe.
        learnt: Its section with epochs, batches and rate.
        adapter: Its section that says how large the player's adapter is.
    """
    return SFTHyper(
        epochs=learnt.epochs,
        batch_size=learnt.batch_size,
        learning_rate=learnt.learning_rate,
        lora_rank=adapter.lora_rank,
        lora_layers=adapter.lora_layers,
        save_every=learnt.save_every,
        seed=params.seed,
        dtype=params.models.dtype,
    )


@dataclass(frozen=True)
class Hold:
    """Some rows of a fine-tuning hold the player to the one that it was.

    Attributes:
        weight: Of the divergence from it, beside the cross-entropy; above 0.
        champion: Who it was.
        rows: Numbers of the rows.
    """

    weight: float
    champion: Champion
    rows: tuple[int, ...]

    def over(self, tokenised: Sequence[Mapping[str, Sequence[int]]], label: str) -> HeldRows:
        """The rows with what the champion makes of them."""
        chosen = [parted(tokenised[number]) for number in self.rows]
        states = self.champion.read(chosen, kept_states, label)
        return HeldRows(
            self.weight, {(*prompt, *answer): of for (prompt, answer), of in zip(chosen, states, strict=True)}
        )


@dataclass(frozen=True)
class SFTJob:
    """A fine-tuning of an adapter, not begun.

    Attributes:
        rows: Training rows.
        base: Folder of the frozen base.
        start: Adapter to continue from; None for a new one.
        out: Folder of the finished adapter.
        hyper: Hyperparameters.
        label: What the progress line says.
        hold: Rows at which the player is held to the one that it was; None for none.
    """

    rows: Sequence[SFTRow]
    base: Path
    start: Path | None
    out: Path
    hyper: SFTHyper
    label: str
    hold: Hold | None = None

    def run(self, work: Path, on_log: OnLog) -> None:
        """Trains and writes the adapter; goes on from a checkpoint in `work` where there is one.

        Args:
            work: Folder of checkpoints.
            on_log: Called with (step, metrics) after each optimiser step.

        Raises:
            ValueError: There are no rows.
            InputError: The batch cannot be shared out among the processes that train.
        """
        if not self.rows:
            raise ValueError("no rows to train on")
        hyper, tokenizer = self.hyper, load_tokenizer(self.base)
        tokenised = [_tokenised(tokenizer, row) for row in self.rows]
        held = None if self.hold is None else self.hold.over(tokenised, f"{self.label}: the champion reads")
        model = begun_adapter(self.base, self.start, hyper.lora_rank, hyper.lora_layers, hyper.dtype, hyper.seed)
        trainer = CompletionTrainer(
            model=model,
            args=SFTConfig(**numbers(work, hyper), completion_only_loss=True, max_length=None),
            train_dataset=Dataset.from_list(tokenised),
            processing_class=tokenizer,
            callbacks=[LogProgress(self.label, on_log), SealCheckpoints()],
        )
        quiet(trainer)
        trainer.held = held
        if hyper.epochs > 1 and not together():
            read = [row["input_ids"] for row in tokenised]
            trainer.below = frozen_layers(model, read, f"{self.label}: frozen layers")
        train_on(trainer, work, self.label)
        save_trained(trainer, self.out)


def prompt_text(tokenizer: Any, row: SFTRow) -> str:
    """What stands before the row's completion, by the chat template."""
    made = tokenizer.apply_chat_template(row.messages, tools=row.tools, add_generation_prompt=True, tokenize=False)
    return str(made)


def answer_ids(tokenizer: Any, text: str) -> TokenIds:
    """A completion and the end of turn."""
    return [*tokenizer(text, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]


def prompt_ids(tokenizer: Any, row: SFTRow) -> TokenIds:
    """What stands before the row's completion, as tokens: in training and in rollouts the very same ones."""
    return list(tokenizer(prompt_text(tokenizer, row), add_special_tokens=False)["input_ids"])


def _tokenised(tokenizer: Any, row: SFTRow) -> dict[str, list[int]]:
    """Prompt, completion and end of turn; the mask keeps the loss on the latter two."""
    prompt, answer = prompt_ids(tokenizer, row), answer_ids(tokenizer, row.completion)
    return {"input_ids": [*prompt, *answer], "completion_mask": [0] * len(prompt) + [1] * len(answer)}


def parted(tokenised: Mapping[str, Sequence[int]]) -> tuple[TokenIds, TokenIds]:
    """Prompt and completion of a tokenised row."""
    ids, border = list(tokenised["input_ids"]), list(tokenised["completion_mask"]).index(1)
    return ids[:border], ids[border:]


def numbers(work: Path, hyper: SFTHyper) -> dict[str, Any]:
    """What the trainers of TRL that learn from rows are told alike.

    Raises:
        InputError: The batch cannot be shared out among the processes that train.
    """
    processes = number_of_processes()
    if hyper.batch_size % processes:
        raise InputError(f"a batch of {hyper.batch_size} rows cannot be shared out among {processes} processes")
    share = hyper.batch_size // processes
    rows_at_once = share if processes == 1 else math.gcd(share, ROWS_AT_ONCE)
    return {
        "output_dir": str(work),
        "num_train_epochs": hyper.epochs,
        "per_device_train_batch_size": rows_at_once,
        "gradient_accumulation_steps": share // rows_at_once,
        "learning_rate": hyper.learning_rate,
        "lr_scheduler_type": "cosine",
        "warmup_steps": 2,
        "bf16": False,
        "use_cpu": device() == "cpu",
        "gradient_checkpointing": False,
        "pad_to_multiple_of": 8,
        "seed": hyper.seed,
        "data_seed": hyper.seed,
        "logging_steps": 1,
        "save_strategy": "steps",
        "save_steps": hyper.save_every,
        "save_total_limit": 2,
        "report_to": [],
        "disable_tqdm": True,
        "dataloader_pin_memory": False,
    }
