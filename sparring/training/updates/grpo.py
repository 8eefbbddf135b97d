"""GRPO: the target learns by the checker's verdicts on its own answers; the rows' texts only say what is asked."""

from sparring.dialects import DIALECTS
from sparring.engine.models import load_tokenizer
from sparring.training.grpo import TargetJob
from sparring.training.sft import prompt_text
from sparring.training.target_reward import CallReward
from sparring.training.trios import in_trios
from sparring.training.updates.base import Lesson, Update


def grpo_job(lesson: Lesson) -> TargetJob:
    """RL over as many prompts as SFT would read, with the recipe's section `sft` for rates and sizes.

    Each step asks attacked rows, their twins, and rows that want the other: a call, or none.
    """
    params, wanted, first = lesson.params, lesson.params.sft, lesson.params.target.warm_start
    tokenizer = load_tokenizer(lesson.base)
    prompts = [prompt_text(tokenizer, row) for row in lesson.shown]
    batches = in_trios(lesson.rows, lesson.asked, wanted.batch_size, wanted.epochs)
    order = [number for batch in batches for number in batch]
    changes = {
        "steps": len(batches),
        "prompts_per_step": len(batches[0]),
        "group_size": wanted.own.samples,
        "temperature": wanted.own.temperature,
        "learning_rate": wanted.learning_rate,
        "save_every": wanted.save_every,
        "entropy_floor": 0.0,
        "entropy_coef": 0.0,
    }
    return TargetJob(
        examples=[lesson.asked[number] for number in order],
        prompts=[prompts[number] for number in order],
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
