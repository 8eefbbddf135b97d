"""What is learnt of attacks: the target's training rows, the mistake book, the archive."""

from typing import Literal

from pydantic import Field

from sparring.records.attacks import Attack
from sparring.records.base import Count, Record
from sparring.records.examples import Message, Tool


class SFTExample(Record):
    """A training row of the target: conversation, tools and the text it should answer.

    Attributes:
        origin: An attack, one of the mistake book, the untouched seed of either, or another untouched seed.
        attacker: Who wrote the attack: the query model of a round by its name, "rules" or "schema"; None untouched.
        rejected: What the target answered wrongly to this very row; None where it is right or was not asked.
    """

    id: str
    messages: list[Message]
    tools: list[Tool]
    completion: str
    origin: Literal["attack", "replay", "twin", "clean", "no_call"]
    attacker: str | None = Field(default=None, exclude_if=lambda name: name is None)
    rejected: str | None = Field(default=None, exclude_if=lambda text: text is None)

    @property
    def untouched(self) -> bool:
        """Whether it asks what the seed asks: nobody attacked it."""
        return self.origin not in ("attack", "replay")


class MixPart(Record):
    """Rows of a training set that have everything here in common, `lost` of them answered wrongly by the target."""

    origin: Literal["attack", "replay", "twin", "clean", "no_call"]
    kind: Literal["call", "no_call"]
    attacker: str | None
    rows: Count
    lost: Count


class Mistake(Record):
    """An attack that the target lost, with its weight in the mistake book: +1 on a failure, -1 on a pass, out at 0."""

    attack: Attack
    score: int


class Elite(Record):
    """A won attack in the archive; each of its operators, with kind of failure and tool, is one of its cells.

    Attributes:
        operators: That changed something, without their order; the strategy's name where it is no program.
    """

    category: str
    tool: str
    failure: str
    operators: list[str] = Field(default_factory=list)
    attack: Attack

    @property
    def way(self) -> tuple[str, ...]:
        """Its operators; of a row older than that field its strategy."""
        return tuple(self.operators) or (self.attack.strategy,)

    @property
    def cells(self) -> list[tuple[str, str, str]]:
        """Operator, kind of failure and tool, for each of its operators."""
        return [(operator, self.failure, self.tool) for operator in self.way]
