"""Attacks, what the target answered, and what the checker made of it.

The one surprise: `Verdict` is a plain dataclass, since the checker makes tens of thousands a second, while rows that
come from files are pydantic models.
"""

from dataclasses import dataclass
from enum import StrEnum

from pydantic import Field

from sparring.records.base import Record
from sparring.records.examples import Message, conversation


class Failure(StrEnum):
    """Kinds of wrong answer."""

    UNPARSEABLE = "unparseable"
    NO_CALL = "no_call"
    WRONG_COUNT = "wrong_count"
    WRONG_FUNCTION = "wrong_function"
    MISSING_ARGUMENT = "missing_argument"
    UNEXPECTED_ARGUMENT = "unexpected_argument"
    WRONG_TYPE = "wrong_type"
    WRONG_VALUE = "wrong_value"
    UNWANTED_CALL = "unwanted_call"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checker says of one answer.

    Attributes:
        correct: Whether the answer is right. False with `example_error` set means: not scored, never a model failure.
        failure: The kind of mistake; None when correct or when the example is at fault.
        error_type: The reference's error string, e.g. "value_error:string"; None when correct.
        detail: One readable sentence: which call, which argument, what was expected and what came.
        call: Index of the offending call, from 0.
        argument: Name of the offending argument.
        example_error: Why the example itself cannot be scored.
    """

    correct: bool
    failure: Failure | None = None
    error_type: str | None = None
    detail: str = ""
    call: int | None = None
    argument: str | None = None
    example_error: str | None = None


class Attack(Record):
    """A rewritten query. `strategy` names how it was made (an operator program, or "rewrite").

    Attributes:
        turns: What was said and called before it; where there is any, the attack is a conversation.
    """

    id: str
    example_id: str
    query: str
    strategy: str
    round: str
    seed: int
    turns: list[Message] = Field(default=[], exclude_if=lambda turns: not turns)

    @property
    def text(self) -> str:
        """All of it as one text: two attacks of the same text on one seed are one."""
        return conversation(self.turns, self.query)


class GatedAttack(Record):
    """An attack that the gates have seen; `rejected_by` names the first that rejects it, None where all pass."""

    attack: Attack
    rejected_by: str | None


class Completion(Record):
    """One answer of the target to one attack; `sample` counts from 0."""

    attack_id: str
    sample: int
    text: str


UNJUDGED = "unjudged"


class Trial(Record):
    """A judged attack.

    Attributes:
        attack: What was asked.
        completions: The target's answers.
        rejected_by: The gate's reason (then nothing was rolled out), or why the judge set it aside; else None.
        verdicts: Of the answers; none where it was set aside.
    """

    attack: Attack
    completions: list[Completion]
    rejected_by: str | None
    verdicts: list[Verdict]

    @property
    def valid(self) -> bool:
        """Whether every gate passed."""
        return self.rejected_by is None

    @property
    def unjudged(self) -> bool:
        """Whether the judge, or the readers of free text, gave no answer: it counts nowhere and trains nothing."""
        return self.rejected_by == UNJUDGED

    @property
    def scored(self) -> list[Verdict]:
        """The verdicts that count: those not spoilt by a fault of the example."""
        return [verdict for verdict in self.verdicts if verdict.example_error is None]

    @property
    def pass_rate(self) -> float | None:
        """Share of the target's answers that are right, in [0, 1]; None where nothing was scored."""
        scored = self.scored
        return sum(verdict.correct for verdict in scored) / len(scored) if scored else None

    @property
    def first_right(self) -> bool | None:
        """Whether the target's first scored answer is right; None where nothing was scored."""
        scored = self.scored
        return scored[0].correct if scored else None

    @property
    def success(self) -> bool:
        """Valid, and the target's first answer is wrong: the attack won."""
        return self.valid and self.first_right is False
