"""SFT of a LoRA adapter with TRL: completion-only loss, checkpoints to go on from, byte-identical outcomes.

Both players learn here: the target its calls, the query model its first actions. The adapter's folder is written whole
or not at all, without what differs from run to run.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from torch.utils.data import Sampler
from trl import SFTConfig, SFTTrainer

from sparring.config import Params, SFTParams, WarmStartParams
from sparring.engine.adapters import new_adapter, trained_adapter
from sparring.engine.batching import BYTES_AT_ONCE
from sparring.engine.frozen_layers import FrozenLayers, frozen_layers
from sparring.engine.models import device, load_tokenizer
from sparring.engine.packing import IGNORED
from sparring.engine.prefill import WORTH_SHARING, takes_masks
from sparring.engine.processes import number_of_processes, save_trained, together
from sparring.engine.short_attention import causal
from sparring.errors import InputError
from sparring.progress import OnLog
from sparring.training.checkpoints import LogProgress, SealCheckpoints, quiet, train_on

JITTER = 0.05  # of a row's length: epochs have other batches
ROWS_AT_ONCE = 4  # the same where several processes train: they take part in every pass together


@dataclass(frozen=True)
class SFTRow:
    """One training row: chat messages, the assistant's text after them, and tools for the chat template if any."""

    messages: list[dict[str, str]]
    completion: str
    tools: list[dict[str, Any]] | None = None


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
class SFTJob:
    """A fine-tuning of an adapter, not begun.

    Attributes:
        rows: Training rows.
        base: Folder of the frozen base.
        start: Adapter to continue from; None for a new one.
        out: Folder of the finished adapter.
        hyper: Hyperparameters.
        label: What the progress line says.
    """

    rows: Sequence[SFTRow]
    base: Path
    start: Path | None
    out: Path
    hyper: SFTHyper
    label: str

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
        if self.start is None:
            model = new_adapter(self.base, hyper.lora_rank, hyper.lora_layers, hyper.dtype)
        else:
            model = trained_adapter(self.base, self.start, hyper.dtype)
        tokenised = [_tokenised(tokenizer, row) for row in self.rows]
        trainer = CompletionTrainer(
            model=model,
            args=_arguments(work, hyper),
            train_dataset=Dataset.from_list(tokenised),
            processing_class=tokenizer,
            callbacks=[LogProgress(self.label, on_log), SealCheckpoints()],
        )
        quiet(trainer)
        if hyper.epochs > 1 and not together():
            read = [row["input_ids"] for row in tokenised]
            trainer.below = frozen_layers(model, read, f"{self.label}: frozen layers")
        train_on(trainer, work, self.label)
        save_trained(trainer, self.out)


class CompletionTrainer(SFTTrainer):  # type: ignore[misc]
    """TRL's trainer with a loss that takes only the completion's positions through the output layer.

    TRL takes all positions: over a vocabulary of 49,152 and prompts five times as long as their answers, that is a
    third of a step on a CPU. Where `below` holds what the frozen layers make of the rows, only those above are read.
    """

    below: FrozenLayers | None = None

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Mean cross-entropy over the completion's tokens."""
        if together():  # only a call of the wrapped model itself adds up the gradients of all processes
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        inner = self.accelerator.unwrap_model(model).get_base_model()
        decoder, given, wanted = inner.get_decoder(), inputs["input_ids"][:, :-1], inputs["labels"][:, 1:]
        begun = _begun(given, wanted) if takes_masks(inner) else 0
        if self.below is not None:
            lengths = inputs["attention_mask"].sum(dim=1).tolist()
            decoder, given = self.below.upper, self.below.states(inputs["input_ids"], lengths)[:, :-1]
        hidden = _read(decoder, given, begun)  # (B, T - 1 - begun, D)
        wanted = wanted[:, begun:]
        kept = wanted != IGNORED
        logits = inner.get_output_embeddings()(hidden[kept]).float()  # (completion tokens, vocabulary)
        total = torch.nn.functional.cross_entropy(logits, wanted[kept], reduction="sum")
        loss = total / (kept.sum() if num_items_in_batch is None else num_items_in_batch)
        return (loss, {"logits": logits}) if return_outputs else loss

    def training_step(self, model: Any, inputs: dict[str, Any], num_items_in_batch: Any = None) -> torch.Tensor:
        """Loss and gradients of a batch: in one pass, or where its rows are long in several whose gradients add up."""
        rows, width = inputs["input_ids"].shape
        each = self.model.dtype.itemsize
        parts = -(-rows * width * each // BYTES_AT_ONCE) if device() == "cpu" else 1
        if parts == 1 or together() or num_items_in_batch is None:
            return super().training_step(model, inputs, num_items_in_batch)  # type: ignore[no-any-return]
        split = {name: value.chunk(parts) for name, value in inputs.items()}
        losses = [
            super(CompletionTrainer, self).training_step(model, dict(zip(split, part, strict=True)), num_items_in_batch)
            for part in zip(*split.values(), strict=True)
        ]
        return torch.stack(losses).sum()

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        """Batches of like length, the same ones however many processes share them."""
        rows = self.train_dataset if train_dataset is None else train_dataset
        batch = self.args.train_batch_size * self.args.gradient_accumulation_steps * self.accelerator.num_processes
        return LikeLengths(list(map(len, rows["input_ids"])), batch, self.args.data_seed)


class LikeLengths(Sampler[int]):
    """Rows in batches of like length, the batches in random order.

    Transformers' own sampler sorts few rows at a time where there are few: 24 of 120 in batches of eight.

    Args:
        lengths: Tokens of each row.
        batch: Rows that are read together.
        seed: With the epoch it decides the order.
    """

    def __init__(self, lengths: Sequence[int], batch: int, seed: int) -> None:
        self.lengths = lengths
        self.batch = batch
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """The next pass is this one; the trainer calls it."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Rows."""
        return len(self.lengths)

    def __iter__(self) -> Iterator[int]:
        """Numbers of the rows; those that fill no batch, the longest, come last."""
        rng = random.Random(f"{self.seed}:{self.epoch}")
        near = [length * rng.uniform(1 - JITTER, 1 + JITTER) for length in self.lengths]
        order = sorted(range(len(near)), key=near.__getitem__)
        whole = len(order) - len(order) % self.batch
        batches = [order[begin : begin + self.batch] for begin in range(0, whole, self.batch)]
        rng.shuffle(batches)
        yield from (index for batch in [*batches, order[whole:]] for index in batch)


def _begun(ids: torch.Tensor, wanted: torch.Tensor) -> int:
    """How many tokens all rows begin with and learn nothing at: the instructions; 0 where they are not worth it."""
    silent = (ids == ids[:1]).all(dim=0) & (wanted == IGNORED).all(dim=0)
    begun = int(silent.long().cumprod(dim=0).sum())
    return begun if len(ids) > 1 and begun >= WORTH_SHARING else 0


def _read(decoder: Any, rows: torch.Tensor, begun: int) -> torch.Tensor:
    """Last hidden states from the token `begun` on; what stands before it is read once, with its gradients, for all.

    Rows are padded at their end, where no token of a completion looks: causality needs no mask beside it.

    Args:
        decoder: Or some layers of it.
        rows: Token ids (B, T), or states (B, T, D).
        begun: How many tokens all rows begin with.
    """
    name, width = ("input_ids" if rows.dim() == 2 else "inputs_embeds"), rows.shape[1]
    if not begun:
        return decoder(**{name: rows}, use_cache=False).last_hidden_state  # type: ignore[no-any-return]
    cache = decoder(**{name: rows[:1, :begun]}, use_cache=True).past_key_values
    cache.batch_repeat_interleave(len(rows))
    return decoder(  # type: ignore[no-any-return]
        **{name: rows[:, begun:]},
        attention_mask=causal(width - begun, width, decoder.dtype, rows.device)[None, None],
        position_ids=torch.arange(begun, width, device=rows.device).unsqueeze(0),
        past_key_values=cache,
        use_cache=True,
    ).last_hidden_state


def prompt_text(tokenizer: Any, row: SFTRow) -> str:
    """What stands before the row's completion, by the chat template."""
    made = tokenizer.apply_chat_template(row.messages, tools=row.tools, add_generation_prompt=True, tokenize=False)
    return str(made)


def _tokenised(tokenizer: Any, row: SFTRow) -> dict[str, list[int]]:
    """Prompt by the chat template, then the completion and the end of turn; the mask keeps the loss on the latter.

    Done here and not by the trainer, so that training and rollout show the target the very same tokens.
    """
    prompt = tokenizer(prompt_text(tokenizer, row), add_special_tokens=False)["input_ids"]
    answer = [*tokenizer(row.completion, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
    return {"input_ids": [*prompt, *answer], "completion_mask": [0] * len(prompt) + [1] * len(answer)}


def _arguments(work: Path, hyper: SFTHyper) -> SFTConfig:
    processes = number_of_processes()
    if hyper.batch_size % processes:
        raise InputError(f"a batch of {hyper.batch_size} rows cannot be shared out among {processes} processes")
    share = hyper.batch_size // processes
    rows_at_once = share if processes == 1 else math.gcd(share, ROWS_AT_ONCE)
    return SFTConfig(
        output_dir=str(work),
        num_train_epochs=hyper.epochs,
        per_device_train_batch_size=rows_at_once,
        gradient_accumulation_steps=share // rows_at_once,
        learning_rate=hyper.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=2,
        max_length=None,
        completion_only_loss=True,
        bf16=False,
        use_cpu=device() == "cpu",
        gradient_checkpointing=False,
        pad_to_multiple_of=8,
        seed=hyper.seed,
        data_seed=hyper.seed,
        logging_steps=1,
        save_strategy="steps",
        save_steps=hyper.save_every,
        save_total_limit=2,
        report_to=[],
        disable_tqdm=True,
        dataloader_pin_memory=False,
    )
