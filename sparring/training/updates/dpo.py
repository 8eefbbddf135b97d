"""DPO: the target learns to prefer a row's text to the wrong answer that it gave itself, and the text as by SFT."""

from sparring.training.dpo import DPOJob
from sparring.training.sft import sft_hyper
from sparring.training.updates.base import Lesson, Update


def dpo_job(lesson: Lesson) -> DPOJob:
    """Preferences measured against the champion, with the recipe's numbers of SFT and its section `sft.dpo`."""
    params = lesson.params
    return DPOJob(
        rows=lesson.shown,
        base=lesson.base,
        champion=lesson.champion,
        start=lesson.start,
        out=lesson.out,
        hyper=sft_hyper(params, params.sft, params.target.warm_start),
        wanted=params.sft.dpo,
        label=lesson.label,
    )


UPDATE = Update(job=dpo_job)
