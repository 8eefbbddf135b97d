"""RL of either player: TRL's GRPO with LoRA, our reward, checkpoints to go on from, and an early end when it is sick.

The trainer's data set holds an example's number alone; the reward looks the example up (Arrow would pad gold arguments
with nulls). Rewards are computed once a step over the whole batch, so that its terms can compare attacks. How this
differs from GRPO as published, and why: docs/design.md, "Differences from plain GRPO".
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any, Protocol

import torch
from datasets import Dataset
from transformers import PreTrainedTokenizerBase, TrainerCallback
from trl import GRPOConfig, GRPOTrainer

from sparring.attacker.grammar import ProgramGrammar
from sparring.config import Action, RLParams
from sparring.engine.adapters import begun_adapter, trained_adapter
from sparring.engine.generation import reading_once
from sparring.engine.memory import release_memory
from sparring.engine.models import device, load_tokenizer
from sparring.engine.packing import pack
from sparring.engine.prefill import takes_masks
from sparring.engine.processes import number_of_processes, save_trained
from sparring.errors import InputError
from sparring.progress import OnLog
from sparring.records import Example
from sparring.terminal import say
from sparring.training.checkpoints import LogProgress, SealCheckpoints, quiet, train_on

Prompts = Callable[[Example], list[dict[str, str]]]
PATIENCE = 5
MIN_VALID = 0.05
ROWS_AT_ONCE = 4  # of a backward pass where rows are not packed: half the memory of a whole group
PACKED_TOKENS = 4096  # of completions in a backward pass over packed ones, at most
LABEL = "RL update"
RENAMED = {
    "entropy": "entropy",
    "frac_reward_zero_std": "groups_without_variance",
    "completions/clipped_ratio": "clipped_completions",
    "completions/mean_length": "completion_tokens",
    "grad_norm": "grad_norm",
    "loss": "loss",
    "kl": "kl",
    "reward_std": "reward_std",
    "learning_rate": "learning_rate",
}


class Reward(Protocol):
    """Terms by name per completion, "total" being the reward; without one, the completion is left out of its group."""

    def __call__(self, examples: Sequence[Example], completions: Sequence[str]) -> list[dict[str, float]]:
        """The terms, one dictionary a completion; a term that is undefined for a completion is left out."""
        ...


@dataclass(frozen=True)
class QueryModelJob:
    """RL of the query model, not begun.

    Attributes:
        seeds: Examples to attack, in their order; each step takes the next ones.
        prompts: Chat messages of an example.
        reward: Scores the completions of one step.
        base: Folder of the frozen base.
        start: Adapter to train on.
        out: Folder of the finished adapter.
        params: Steps, group size, learning rate and so on.
        action: What it writes; programs are sampled within their grammar.
        max_new_tokens: Longest completion, in tokens.
        dtype: Number format of the frozen base.
        seed: Decides order and samples.
        without: Operators that no program may hold.
    """

    seeds: Sequence[Example]
    prompts: Prompts
    reward: Reward
    base: Path
    start: Path
    out: Path
    params: RLParams
    action: Action
    max_new_tokens: int
    dtype: str
    seed: int
    without: Sequence[str] = ()

    def run(self, work: Path, on_log: OnLog) -> None:
        """Trains and writes the adapter; goes on from a checkpoint in `work` where there is one.

        Args:
            work: Folder of checkpoints.
            on_log: Called with (step, metrics) after each step; metrics have every reward term.

        Raises:
            InputError: Fewer seeds than one step needs.
        """
        if len(self.seeds) < self.params.prompts_per_step:
            raise InputError(
                f"{len(self.seeds)} seeds that the target answers rightly, one RL step needs "
                f"{self.params.prompts_per_step}: enlarge sampling.pool, or train the target better"
            )
        tokenizer = load_tokenizer(self.base)
        model = trained_adapter(self.base, self.start, self.dtype)
        model.generate = reading_once(model)
        if self.action == "program":
            model.generate = ProgramGrammar(tokenizer, self.without).masking(model.generate)
        rows = [{"prompt": self.prompts(example), "number": number} for number, example in enumerate(self.seeds)]
        packed = takes_masks(model.get_base_model())
        arguments = _arguments(work, self.params, self.max_new_tokens, self.seed, packed)
        reward = _as_function(self.reward, self.seeds)
        _train(model, tokenizer, rows, reward, arguments, LABEL, on_log, [Health()], self.out)


@dataclass(frozen=True)
class TargetJob:
    """RL of the target by the verdicts on its own answers, not begun.

    Attributes:
        examples: What it is asked, with the right calls, in their order.
        prompts: Per example the whole prompt as it reads it, the beginning of its turn included.
        reward: Scores the answers of one step.
        base: Folder of the frozen base.
        start: Adapter to train on; None for a new one of `lora_rank` on the uppermost `lora_layers`.
        out: Folder of the finished adapter.
        params: Steps, group size, learning rate and so on.
        max_new_tokens: Longest answer, in tokens.
        lora_rank: Of a new adapter.
        lora_layers: Of a new adapter; None for all layers.
        dtype: Number format of the frozen base.
        seed: Decides order and samples.
        label: What the progress line says.
    """

    examples: Sequence[Example]
    prompts: Sequence[str]
    reward: Reward
    base: Path
    start: Path | None
    out: Path
    params: RLParams
    max_new_tokens: int
    lora_rank: int
    lora_layers: int | None
    dtype: str
    seed: int
    label: str

    def run(self, work: Path, on_log: OnLog) -> None:
        """Trains and writes the adapter, as a job of the query model does."""
        model = begun_adapter(self.base, self.start, self.lora_rank, self.lora_layers, self.dtype, self.seed)
        model.generate = reading_once(model)
        rows = [{"prompt": prompt, "number": number} for number, prompt in enumerate(self.prompts)]
        packed = takes_masks(model.get_base_model())
        arguments = _arguments(work, self.params, self.max_new_tokens, self.seed, packed)
        reward = _as_function(self.reward, self.examples)
        _train(model, load_tokenizer(self.base), rows, reward, arguments, self.label, on_log, [], self.out)


def _train(
    model: Any,
    tokenizer: PreTrainedTokenizerBase,
    rows: list[dict[str, Any]],
    reward: Callable[..., list[float | None]],
    arguments: GRPOConfig,
    label: str,
    on_log: OnLog,
    callbacks: Sequence[TrainerCallback],
    out: Path,
) -> None:
    trainer = (PackedGRPOTrainer if takes_masks(model.get_base_model()) else GRPOTrainer)(
        model=model,
        reward_funcs=reward,
        args=arguments,
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        callbacks=[
            LogProgress(label, lambda step, found: on_log(step, _named(found)), "reward"),
            *callbacks,
            SealCheckpoints(),
        ],
    )
    quiet(trainer)
    train_on(trainer, Path(arguments.output_dir), label)
    save_trained(trainer, out)


class PackedGRPOTrainer(GRPOTrainer):  # type: ignore[misc]
    """TRL's trainer that reads each prompt once for its whole group, forward and backward.

    Programs are five tokens behind prompts of sixty: row by row, nine tenths of the work go into the same prompts.
    TRL's own output layer then gives the likelihoods, so that loss and gradients are TRL's up to rounding.
    """

    def _get_per_token_logps_and_entropies(
        self,
        model: Any,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        logits_to_keep: int,
        batch_size: int | None = None,
        compute_entropy: bool = False,
        compute_aux_loss: bool = False,
        **others: Any,
    ) -> tuple[torch.Tensor, torch.Tensor | None, torch.Tensor | None]:
        """Log-probabilities and entropies of the completions' tokens, (rows, `logits_to_keep`)."""
        if compute_aux_loss:  # the balance of experts counts every row
            return super()._get_per_token_logps_and_entropies(  # type: ignore[no-any-return]
                model, input_ids, attention_mask, logits_to_keep, batch_size, compute_entropy, True, **others
            )
        present, border = attention_mask.bool(), input_ids.shape[1] - logits_to_keep
        prompts = [ids[:border][seen[:border]].tolist() for ids, seen in zip(input_ids, present, strict=True)]
        completions = [ids[border:][seen[border:]].tolist() for ids, seen in zip(input_ids, present, strict=True)]
        packed = pack(prompts, completions, self.model.dtype, input_ids.device)
        with self.accelerator.autocast():
            found = model(
                input_ids=packed.ids,
                attention_mask=packed.mask,
                position_ids=packed.positions,
                shift_labels=packed.labels,
                fused_lm_head=True,
            )
        lengths = list(map(len, completions))
        logprobs = packed.unpacked(found.log_probs, lengths, logits_to_keep)
        return logprobs, packed.unpacked(found.entropy, lengths, logits_to_keep) if compute_entropy else None, None


def _as_function(reward: Reward, seeds: Sequence[Example]) -> Callable[..., list[float | None]]:
    """TRL's form of the reward; each term's mean becomes a metric.

    Sampling, rollouts and the backward pass take turns, each with blocks of its own sizes: what one leaves is given
    back before the next, or the process grows to twelve gigabytes.
    """

    def attack_reward(
        completions: list[list[dict[str, str]]] | list[str], number: list[int], log_metric: Any, **others: Any
    ) -> list[float | None]:
        texts = [written if isinstance(written, str) else written[-1]["content"] for written in completions]
        release_memory()
        terms = reward([seeds[i] for i in number], texts)
        release_memory()
        names = sorted({name for found in terms for name in found})
        for name in names:
            log_metric(f"term/{name}", mean(found[name] for found in terms if name in found))
        log_metric("term/distinct", len(set(zip(number, texts, strict=True))) / len(texts))
        return [found.get("total") for found in terms]

    return attack_reward


def _named(found: Mapping[str, float]) -> dict[str, float]:
    """The trainer's metrics under the project's names."""
    terms = {name.removeprefix("term/"): value for name, value in found.items() if name.startswith("term/")}
    return terms | {ours: found[theirs] for theirs, ours in RENAMED.items() if theirs in found}


class Health(TrainerCallback):  # type: ignore[misc]
    """Ends a run that cannot learn: no group with variance, or hardly an attack that is valid, for several steps."""

    def on_log(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Looks at the last steps, which a resumed run knows too."""
        recent = [entry for entry in state.log_history if "reward" in entry][-PATIENCE:]
        if len(recent) < PATIENCE:
            return
        if all(entry.get("frac_reward_zero_std", 0.0) >= 1.0 for entry in recent):
            advice = "every group's rewards are equal: raise rl.temperature or rl.group_size"
        elif all(entry.get("term/valid", 1.0) < MIN_VALID for entry in recent):
            advice = "hardly any attack passes the gates: lower rl.learning_rate, or lengthen query_model.warm_start"
        else:
            return
        say(f"{LABEL}: stopped at step {state.global_step}, for {PATIENCE} steps {advice}")
        control.should_training_stop = True


def _arguments(work: Path, params: RLParams, max_new_tokens: int, seed: int, packed: bool) -> GRPOConfig:
    processes, completions = number_of_processes(), params.prompts_per_step * params.group_size
    rows = math.gcd(params.group_size, ROWS_AT_ONCE)
    if packed and completions % processes == 0 and completions // processes * max_new_tokens <= PACKED_TOKENS:
        rows = completions // processes
    if completions % (rows * processes):
        raise InputError(f"{completions} completions a step cannot be shared out among {processes} processes")
    turns = completions // (rows * processes)
    return GRPOConfig(
        output_dir=str(work),
        max_steps=params.steps,
        per_device_train_batch_size=rows,
        gradient_accumulation_steps=turns,
        steps_per_generation=turns,
        num_generations=params.group_size,
        num_iterations=1,
        max_completion_length=max_new_tokens,
        temperature=params.temperature,
        learning_rate=params.learning_rate,
        lr_scheduler_type="constant",
        beta=params.beta,
        epsilon=params.clip_low,
        epsilon_high=params.clip_high,
        entropy_coef=params.entropy_coef,
        # The bonus counts only at or below the floor; its weight stays what the recipe says.
        use_adaptive_entropy=True,
        entropy_target=params.entropy_floor,
        entropy_coef_min=params.entropy_coef,
        entropy_coef_max=params.entropy_coef,
        loss_type="dapo",
        shuffle_dataset=False,
        bf16=False,
        use_cpu=device() == "cpu",
        gradient_checkpointing=False,
        seed=seed,
        data_seed=seed,
        logging_steps=1,
        save_strategy="steps",
        save_steps=params.save_every,
        save_total_limit=params.keep_checkpoints,
        report_to=[],
        disable_tqdm=True,
        dataloader_pin_memory=False,
    )
