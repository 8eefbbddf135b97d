"""What a backend brings back: answers, and for every example without one the reason."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Unanswered:
    """A row without an answer, and why."""

    row_id: str
    reason: str


@dataclass(frozen=True)
class Replies:
    """What came back.

    Attributes:
        texts: Per example and sample the text, None where there is none.
        reasons: Per example why a sample of it has no text; None where all have one.
        unanswered: The rows without a text, each once, where the backend counts requests.
        spent: What they cost, of what is allowed, in words.
    """

    texts: list[list[str | None]]
    reasons: list[str | None]
    unanswered: list[Unanswered] = field(default_factory=list)
    spent: str = ""


def whole(texts: Sequence[Sequence[str]]) -> Replies:
    """Replies of a backend that loses no row."""
    return Replies([list(each) for each in texts], [None] * len(texts))
