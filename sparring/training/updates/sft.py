"""SFT: the target learns the rows' texts."""

from sparring.training.sft import SFTHyper, SFTJob
from sparring.training.updates.base import Lesson, Update


def sft_job(lesson: Lesson) -> SFTJob:
    """Fine-tuning with the recipe's numbers; the adapter is like the warm start's."""
    params, first = lesson.params.sft, lesson.params.target.warm_start
    hyper = SFTHyper(
        epochs=params.epochs,
        batch_size=params.batch_size,
        learning_rate=params.learning_rate,
        lora_rank=first.lora_rank,
        lora_layers=first.lora_layers,
        save_every=params.save_every,
        seed=lesson.params.seed,
        dtype=lesson.params.models.dtype,
    )
    return SFTJob(lesson.shown, lesson.base, lesson.start, lesson.out, hyper, lesson.label)


UPDATE = Update(job=sft_job)
