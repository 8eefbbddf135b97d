"""Rejection sampling (RFT): before SFT each row gets the target's own right answer, where it finds one."""

from collections.abc import Callable, Sequence

from sparring.config import Params
from sparring.dialects import DIALECTS
from sparring.records import Example, SFTExample
from sparring.training.own_answers import with_own_answers
from sparring.training.updates.base import Answering, Rows, Update
from sparring.training.updates.sft import sft_job


def _own(rows: Rows, asked: Sequence[Example], params: Params, answering: Callable[[], Answering]) -> list[SFTExample]:
    own = params.sft.own
    answers = answering()(asked, own.samples, own.temperature, params.seed)
    return with_own_answers(rows, asked, answers, DIALECTS[params.target.dialect].parse)


UPDATE = Update(job=sft_job, rewrite=_own)
