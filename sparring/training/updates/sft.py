"""SFT: the target learns the rows' texts."""

from sparring.training.sft import SFTJob, sft_hyper
from sparring.training.updates.base import Lesson, Update


def sft_job(lesson: Lesson) -> SFTJob:
    """Fine-tuning with the recipe's numbers; the adapter is like the warm start's."""
    params = lesson.params
    hyper = sft_hyper(params, params.sft, params.target.warm_start)
    return SFTJob(lesson.shown, lesson.base, lesson.start, lesson.out, hyper, lesson.label)


UPDATE = Update(job=sft_job)
