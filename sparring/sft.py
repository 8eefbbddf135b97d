"""SFT of a LoRA adapter with TRL: completion-only loss, checkpoints to go on from, byte-identical outcomes.

Both players learn here: the target its calls, the query model its first actions. The adapter's folder is written whole
or not at all, without what differs from run to run.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets import Dataset
from trl import SFTConfig, SFTTrainer

from sparring.adapters import lora, save_adapter, trainable
from sparring.checkpoints import LogProgress, last_checkpoint, quiet
from sparring.models import load_tokenizer

OnLog = Callable[[int, Mapping[str, float]], None]


@dataclass(frozen=True)
class SFTRow:
    """One training row: chat messages, the assistant's text after them, and tools for the chat template if any."""

    messages: list[dict[str, str]]
    completion: str
    tools: list[dict[str, Any]] | None = None


@dataclass(frozen=True)
class SFTHyper:
    """Hyperparameters of one fine-tuning; `save_every` counts optimiser steps."""

    epochs: int
    batch_size: int
    learning_rate: float
    lora_rank: int
    save_every: int
    seed: int
    dtype: str


def train_sft(
    rows: Sequence[SFTRow],
    base: Path,
    start: Path | None,
    out: Path,
    work: Path,
    hyper: SFTHyper,
    label: str,
    on_log: OnLog,
) -> None:
    """Fine-tunes an adapter and writes it to `out`; goes on from a checkpoint in `work` where there is one.

    Args:
        rows: Training rows.
        base: Folder of the frozen base.
        start: Adapter to continue from; None for a new one.
        out: Folder of the finished adapter.
        work: Folder of checkpoints.
        hyper: Hyperparameters.
        label: What the progress line says.
        on_log: Called with (step, metrics) after each optimiser step.

    Raises:
        ValueError: There are no rows.
    """
    if not rows:
        raise ValueError("no rows to train on")
    tokenizer = load_tokenizer(base)
    trainer = SFTTrainer(
        model=trainable(base, start, hyper.dtype),
        args=_arguments(work, hyper),
        train_dataset=Dataset.from_list([_tokenised(tokenizer, row) for row in rows]),
        processing_class=tokenizer,
        peft_config=lora(hyper.lora_rank) if start is None else None,
        callbacks=[LogProgress(label, on_log)],
    )
    quiet(trainer)
    trainer.train(resume_from_checkpoint=last_checkpoint(work, label))
    save_adapter(trainer.model, out)


def _tokenised(tokenizer: Any, row: SFTRow) -> dict[str, list[int]]:
    """Prompt by the chat template, then the completion and the end of turn; the mask keeps the loss on the latter.

    Done here and not by the trainer, so that training and rollout show the target the very same tokens.
    """
    text = tokenizer.apply_chat_template(row.messages, tools=row.tools, add_generation_prompt=True, tokenize=False)
    prompt = tokenizer(text, add_special_tokens=False)["input_ids"]
    answer = [*tokenizer(row.completion, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
    return {"input_ids": [*prompt, *answer], "completion_mask": [0] * len(prompt) + [1] * len(answer)}


def _arguments(work: Path, hyper: SFTHyper) -> SFTConfig:
    return SFTConfig(
        output_dir=str(work),
        num_train_epochs=hyper.epochs,
        per_device_train_batch_size=hyper.batch_size,
        learning_rate=hyper.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=2,
        max_length=None,
        completion_only_loss=True,
        train_sampling_strategy="group_by_length",
        bf16=False,
        gradient_checkpointing=False,
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
