"""SFT: the target learns the rows' texts, held to the champion at those that nobody touched where `sft.kl` says so."""

from sparring.training.reference import Champion
from sparring.training.sft import Hold, SFTJob, sft_hyper
from sparring.training.updates.base import Lesson, Update


def sft_job(lesson: Lesson) -> SFTJob:
    """Fine-tuning with the recipe's numbers; the adapter is like the warm start's."""
    params = lesson.params
    hyper = sft_hyper(params, params.sft, params.target.warm_start)
    hold = None
    if params.sft.kl:
        untouched = tuple(number for number, row in enumerate(lesson.rows) if row.untouched)
        hold = Hold(params.sft.kl, Champion(lesson.base, lesson.champion, params.models.dtype), untouched)
    return SFTJob(lesson.shown, lesson.base, lesson.start, lesson.out, hyper, lesson.label, hold)


UPDATE = Update(job=sft_job)
