"""What a user would otherwise do: the libraries' own ways with their defaults, to stand beside ours in one run."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from peft import LoraConfig, PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import GRPOConfig, GRPOTrainer, SFTConfig, SFTTrainer

from sparring.attacker.attack_reward import AttackReward
from sparring.attacker.grammar import ProgramGrammar
from sparring.engine.models import DTYPES
from sparring.records import Example, by_id
from sparring.training.sft import SFTHyper, SFTRow, _tokenised

BATCH = 16
OnLoss = Callable[[float], None]


def adapted(base: Path, adapter: Path, dtype: str, trainable: bool = False) -> Any:
    """The base with its adapter beside it, as PEFT loads it."""
    model = AutoModelForCausalLM.from_pretrained(base, dtype=DTYPES[dtype], trust_remote_code=False)
    return PeftModel.from_pretrained(model, str(adapter), is_trainable=trainable)


def generate_in_order(
    model: Any, tokenizer: Any, prompts: Sequence[list[int]], max_new_tokens: int, samples: int
) -> list[str]:
    """`model.generate` in data-set order, left padding, batches of 16 rows; each sample is a row of its own."""
    rows = [prompt for prompt in prompts for _ in range(samples)]
    texts: list[str] = []
    torch.manual_seed(0)
    for start in range(0, len(rows), BATCH):
        batch = tokenizer.pad({"input_ids": rows[start : start + BATCH]}, return_tensors="pt", padding_side="left")
        with torch.inference_mode():
            written = model.generate(
                **batch,
                max_new_tokens=max_new_tokens,
                do_sample=samples > 1,
                pad_token_id=tokenizer.pad_token_id,
            )
        texts += tokenizer.batch_decode(written[:, batch["input_ids"].shape[1] :], skip_special_tokens=True)
    return [text.strip() for text in texts]


class OneByOne:
    """The same reward, computed for each completion alone: gate, rollout, likelihood."""

    def __init__(self, reward: AttackReward, seeds: Sequence[Example]) -> None:
        self.reward = reward
        distinct = list(by_id(seeds).values())
        untouched = reward.target.gold_logprob(distinct, [reward.own_answers[seed.id] for seed in distinct])
        self.untouched = {seed.id: value for seed, value in zip(distinct, untouched, strict=True)}

    def __call__(self, examples: Sequence[Example], completions: Sequence[str]) -> list[dict[str, float]]:
        """Terms, one dictionary a completion; the cluster term needs the batch, and is 0 here."""
        return [self._one(example, text) for example, text in zip(examples, completions, strict=True)]

    def _one(self, example: Example, text: str) -> dict[str, float]:
        ours = self.reward
        query = ours._query(example, text)
        if query is None or ours.gatekeeper.rejections([(example, query)])[0] is not None:
            return {"total": 0.0}
        attacked = example.with_query(query)
        ours.target.answer([attacked], 1, 0.0, 0)
        drop = self.untouched[example.id] - ours.target.gold_logprob([attacked], [ours.own_answers[example.id]])[0]
        return {"total": max(drop, 0.0)}


def train_grpo(
    base: Path,
    adapter: Path,
    rows: Sequence[Mapping[str, Any]],
    reward: Callable[..., list[float]],
    work: Path,
    steps: int,
    prompts: int,
    group: int,
    max_new_tokens: int,
    dtype: str,
) -> None:
    """`GRPOTrainer` with its defaults but for size: the same prompts, group and grammar as ours."""
    tokenizer = AutoTokenizer.from_pretrained(base, padding_side="left", trust_remote_code=False)
    model = adapted(base, adapter, dtype, trainable=True)
    model.generate = ProgramGrammar(tokenizer).masking(model.generate)
    GRPOTrainer(
        model=model,
        reward_funcs=reward,
        args=GRPOConfig(
            output_dir=str(work),
            max_steps=steps,
            per_device_train_batch_size=group,
            gradient_accumulation_steps=prompts,
            num_generations=group,
            max_completion_length=max_new_tokens,
            bf16=False,
            report_to=[],
            save_strategy="no",
            disable_tqdm=True,
            logging_steps=1,
            shuffle_dataset=False,
            seed=17,
        ),
        train_dataset=Dataset.from_list([dict(row) for row in rows]),
        processing_class=tokenizer,
    ).train()


def train_sft(base: Path, rows: Sequence[SFTRow], out: Path, hyper: SFTHyper) -> None:
    """`SFTTrainer` with its defaults but for what decides the curve: the same tokens, batch, rate, schedule and rank.

    Checkpoints lie in `out`.
    """
    tokenizer = AutoTokenizer.from_pretrained(base, trust_remote_code=False)
    trainer = SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(base, dtype=DTYPES[hyper.dtype], trust_remote_code=False),
        args=SFTConfig(
            output_dir=str(out),
            num_train_epochs=hyper.epochs,
            per_device_train_batch_size=hyper.batch_size,
            learning_rate=hyper.learning_rate,
            lr_scheduler_type="cosine",
            warmup_steps=2,
            completion_only_loss=True,
            bf16=False,
            max_length=None,
            report_to=[],
            save_steps=hyper.save_every,
            disable_tqdm=True,
            seed=hyper.seed,
        ),
        train_dataset=Dataset.from_list([_tokenised(tokenizer, row) for row in rows]),
        processing_class=tokenizer,
        peft_config=LoraConfig(
            r=hyper.lora_rank, lora_alpha=2 * hyper.lora_rank, target_modules="all-linear", task_type="CAUSAL_LM"
        ),
    )
    trainer.train()
