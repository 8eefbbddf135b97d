"""A judge model behind a chat API, for lost trials only: was the gold right, the answer, both, or neither?

The checker knows one right answer; an attack may have moved the request, and a different answer may be right too. The
judge reads each pair in both orders, without being told which is the gold: two verdicts that differ are none.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from sparring.checker.errors import ParseError
from sparring.checker.python_text import DecodedCall
from sparring.config import JudgeParams
from sparring.dialects import DIALECTS
from sparring.dialects.base import Dialect
from sparring.gold import gold_calls
from sparring.prompts import render_prompt
from sparring.records import Call, Example, Message, Record, Trial
from sparring.targets.endpoint import EndpointParams, EndpointTarget

VERDICT = re.compile(r"\b(FIRST|SECOND|BOTH|NEITHER)\b", re.IGNORECASE)
MAX_SHOWN = 2000


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
    """What the judge said of a lost trial; None where it said nothing readable, or differed from itself."""

    attack_id: str
    opinion: Opinion | None
    texts: list[str | None]


class _Prose(Dialect):
    """The judge writes prose: nothing in it is a call."""

    def render(self, calls: Sequence[Call]) -> str:
        """Never asked for."""
        raise NotImplementedError("the judge calls nothing")

    def parse(self, text: str) -> list[DecodedCall]:
        """No text is a call."""
        raise ParseError("prose")


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
        endpoint = EndpointParams.model_validate(params.model_dump(exclude={"max_new_tokens"}))
        self._endpoint = EndpointTarget(endpoint, _Prose(), params.max_new_tokens, journal)

    def judge(self, trials: Sequence[Trial], examples: Mapping[str, Example]) -> list[Judgement]:
        """One judgement a lost trial, in order; trials that were not lost are not asked about.

        Raises:
            BudgetExceeded: The budget does not reach; what was judged is in the journal.
            InputError: The endpoint refuses every request.
        """
        lost = [trial for trial in trials if trial.success]
        if not lost:
            return []
        asked = [self._question(trial, examples[trial.attack.example_id], order) for trial in lost for order in (0, 1)]
        texts = [answers[0] for answers in self._endpoint.ask(asked, 1, 0.0, 0).texts]
        pairs = [texts[2 * i : 2 * i + 2] for i in range(len(lost))]
        return [
            Judgement(attack_id=trial.attack.id, opinion=_agreed(pair), texts=pair)
            for trial, pair in zip(lost, pairs, strict=True)
        ]

    def _question(self, trial: Trial, example: Example, order: int) -> Example:
        answers = [self.dialect.render(gold_calls(example)), trial.completions[0].text[:MAX_SHOWN]]
        first, second = answers if order == 0 else reversed(answers)
        attacked = example.with_query(trial.attack.query)
        text = render_prompt("judge", tools=attacked.tools, query=attacked.query, first=first, second=second)
        return Example(
            id=f"judge:{trial.attack.id}:{order}",
            source="judge",
            category="judge",
            tools=[],
            messages=[Message(role="user", content=text)],
            gold=[],
        )


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
    """The trials after judgement: a lost one stands only where the gold was right, or the judge had no opinion.

    Any other is set aside like an attack that a gate rejects, as "judge_answer", "judge_both" or "judge_neither"; it
    keeps its answers and no verdicts, so that it counts nowhere.
    """
    aside = {
        judgement.attack_id: f"judge_{judgement.opinion}"
        for judgement in judgements
        if judgement.opinion not in {None, Opinion.GOLD}
    }
    return [
        trial.model_copy(update={"rejected_by": aside[trial.attack.id], "verdicts": []})
        if trial.attack.id in aside
        else trial
        for trial in trials
    ]


def opinions(judgements: Sequence[Judgement]) -> dict[str, int]:
    """How often each opinion came; "undecided" where there is none."""
    return dict(Counter(str(judgement.opinion or "undecided") for judgement in judgements))
