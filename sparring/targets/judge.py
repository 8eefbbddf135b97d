"""A judge model behind a chat API, for lost trials only: was the gold right, the answer, both, or neither?

The checker knows one right answer; an attack may have moved the request, and a different answer may be right too. The
judge reads each pair in both orders, without being told which is the gold: two verdicts that differ are none. The one
surprise: an answer that did not come is no verdict either, not even "undecided"; such a trial is taken out.
"""

import re
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from sparring.config import JudgeParams
from sparring.dialects import DIALECTS
from sparring.errors import UnreachableError
from sparring.gold import gold_calls
from sparring.prompts import render_prompt
from sparring.records import UNJUDGED, Example, Record, Tool, Trial
from sparring.targets.endpoint import BUDGET_REASON, EndpointParams, EndpointTarget
from sparring.targets.prose import Prose, question
from sparring.targets.reply import CUT_AT

VERDICT = re.compile(r"\b(FIRST|SECOND|BOTH|NEITHER)\b", re.IGNORECASE)
MAX_SHOWN = 2000
PROBE = "What is one and one?"


class Opinion(StrEnum):
    """Which of the two answers is right."""

    GOLD = "gold"
    ANSWER = "answer"
    BOTH = "both"
    NEITHER = "neither"


MEANINGS = (
    {"first": Opinion.GOLD, "second": Opinion.ANSWER, "both": Opinion.BOTH, "neither": Opinion.NEITHER},
    {"first": Opinion.ANSWER, "second": Opinion.GOLD, "both": Opinion.BOTH, "neither": Opinion.NEITHER},
)


class Judgement(Record):
    """What the judge said of a lost trial.

    Attributes:
        attack_id: The trial's attack.
        opinion: None where it said nothing readable, differed from itself or did not answer.
        texts: Its answers in both orders.
        unanswered: Why one of them is missing; None where both came.
    """

    attack_id: str
    opinion: Opinion | None
    texts: list[str | None]
    unanswered: str | None = None


class Judge:
    """A model that reads lost trials.

    Args:
        params: Endpoint and budget.
        dialect: How the gold is written beside the target's answer.
        journal: File that keeps what was judged; no trial is judged twice.

    Raises:
        InputError: The address is none, or the key's variable is not set.
    """

    def __init__(self, params: JudgeParams, dialect: str, journal: Path) -> None:
        self.dialect = DIALECTS[dialect]
        self.params = params
        self._endpoint = self._with_journal(journal)

    def must_answer(self) -> None:
        """Asks one small question, which no journal keeps: the judge may have died since it answered the same.

        Raises:
            UnreachableError: No answer comes.
            InputError: The endpoint refuses every request: wrong address, key or model.
        """
        asked = _asked("check", [], PROBE, "[add(a=1, b=1)]", "[add(a=1, b=2)]")
        with tempfile.TemporaryDirectory() as folder:
            reason = self._with_journal(Path(folder) / "check.jsonl").ask([asked], 1, 0.0, 0).reasons[0]
        if reason is not None and not reason.startswith(CUT_AT):
            raise UnreachableError(f"the judge at {self.params.base_url} does not answer: {reason}")

    def judge(self, trials: Sequence[Trial], examples: Mapping[str, Example]) -> list[Judgement]:
        """One judgement a lost trial, in order; trials that were not lost are not asked about.

        Raises:
            UnreachableError: No question at all was answered.
            InputError: The endpoint refuses every request.
        """
        lost = [trial for trial in trials if trial.success]
        if not lost:
            return []
        asked = [self._question(trial, examples[trial.attack.example_id], order) for trial in lost for order in (0, 1)]
        replies = self._endpoint.ask(asked, 1, 0.0, 0)
        texts = [answers[0] for answers in replies.texts]
        if all(text is None for text in texts):
            raise UnreachableError(
                f"the judge at {self.params.base_url} answers nothing about {len(lost)} lost trials: "
                f"{_remedied(replies.unanswered[0].reason)}; what is done is kept, the same command goes on"
            )
        pairs = [slice(2 * number, 2 * number + 2) for number in range(len(lost))]
        return [_judgement(trial, texts[pair], replies.reasons[pair]) for trial, pair in zip(lost, pairs, strict=True)]

    def _with_journal(self, journal: Path) -> EndpointTarget:
        endpoint = EndpointParams.model_validate(self.params.model_dump(exclude={"max_new_tokens"}))
        return EndpointTarget(endpoint, Prose(), self.params.max_new_tokens, journal)

    def _question(self, trial: Trial, example: Example, order: int) -> Example:
        answers = [self.dialect.render(gold_calls(example)), trial.completions[0].text[:MAX_SHOWN]]
        first, second = answers if order == 0 else reversed(answers)
        return _asked(f"{trial.attack.id}:{order}", example.tools, trial.attack.text, first, second)


def _asked(name: str, tools: Sequence[Tool], query: str, first: str, second: str) -> Example:
    """A question to the judge."""
    text = render_prompt("judge", tools=tools, query=query, first=first, second=second)
    return question(name, "judge", text)


def _judgement(trial: Trial, texts: list[str | None], reasons: Sequence[str | None]) -> Judgement:
    unanswered = next((reason for reason in reasons if reason is not None), None)
    opinion = _agreed(texts) if unanswered is None else None
    return Judgement(attack_id=trial.attack.id, opinion=opinion, texts=texts, unanswered=unanswered)


def _remedied(reason: str) -> str:
    """The reason for a missing answer, with what to change in the recipe where that helps."""
    if reason == BUDGET_REASON:
        return f"{reason} (judge.max_requests, judge.max_tokens)"
    return f"{reason} (judge.max_new_tokens)" if reason.startswith(CUT_AT) else reason


def _agreed(texts: Sequence[str | None]) -> Opinion | None:
    """The opinion that both orders give."""
    opinions = {
        meaning[word] if (word := _last_word(text)) is not None else None
        for text, meaning in zip(texts, MEANINGS, strict=True)
    }
    return opinions.pop() if len(opinions) == 1 else None


def _last_word(text: str | None) -> str | None:
    """The verdict that a text ends with; None where its last line names none, or several."""
    lines = [line for line in (text or "").splitlines() if line.strip()]
    found = {match.lower() for match in VERDICT.findall(lines[-1])} if lines else set()
    return found.pop() if len(found) == 1 else None


def judged(trials: Sequence[Trial], judgements: Sequence[Judgement]) -> list[Trial]:
    """The trials after judgement: a lost one stands only where the gold was right, or the judge was undecided.

    Any other is set aside like an attack that a gate rejects, as "judge_answer", "judge_both" or "judge_neither"; it
    keeps its answers and no verdicts. One that the judge did not answer about is "unjudged": nobody knows whether it
    is valid, so it counts nowhere at all.
    """
    aside = {
        judgement.attack_id: UNJUDGED if judgement.unanswered is not None else f"judge_{judgement.opinion}"
        for judgement in judgements
        if judgement.unanswered is not None or judgement.opinion not in {None, Opinion.GOLD}
    }
    return [
        trial.model_copy(update={"rejected_by": aside[trial.attack.id], "verdicts": []})
        if trial.attack.id in aside
        else trial
        for trial in trials
    ]


def opinions(judgements: Sequence[Judgement]) -> dict[str, int]:
    """How often each opinion came; "undecided" where there is none, "unjudged" where no answer came."""
    return dict(
        Counter(UNJUDGED if each.unanswered is not None else str(each.opinion or "undecided") for each in judgements)
    )
