"""GRPO: the target learns by the checker's verdicts on its own answers; the rows' texts only say what is asked."""

import math

from sparring.dialects import DIALECTS
from sparring.engine.models import load_tokenizer
from sparring.training.grpo import TargetJob
from sparring.training.sft import prompt_text
from sparring.training.target_reward import CallReward
from sparring.training.updates.base import Lesson, Update


def grpo_job(lesson: Lesson) -> TargetJob:
    """RL over as many prompts as SFT would read, with the recipe's section `sft` for rates and sizes."""
    params, wanted, first = lesson.params, lesson.params.sft, lesson.params.target.warm_start
    tokenizer = load_tokenizer(lesson.base)
    changes = {
        "steps": math.ceil(len(lesson.rows) * wanted.epochs / wanted.batch_size),
        "prompts_per_step": wanted.batch_size,
        "group_size": wanted.own.samples,
        "temperature": wanted.own.temperature,
        "learning_rate": wanted.learning_rate,
        "save_every": wanted.save_every,
        "entropy_floor": 0.0,
        "entropy_coef": 0.0,
    }
    return TargetJob(
        examples=lesson.asked,
        prompts=[prompt_text(tokenizer, row) for row in lesson.shown],
        reward=CallReward(DIALECTS[params.target.dialect].parse),
        base=lesson.base,
        start=lesson.start,
        out=lesson.out,
        params=params.rl.model_copy(update=changes),
        max_new_tokens=params.target.max_new_tokens,
        lora_rank=first.lora_rank,
        lora_layers=first.lora_layers,
        dtype=params.models.dtype,
        seed=params.seed,
        label=lesson.label,
    )


UPDATE = Update(job=grpo_job)
