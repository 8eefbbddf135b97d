"""The gate by readers: models outside the target's line read a rewrite, and by enough of them the gold must hold.

It judges free text alone, where what rules say of wording gives way to it (`in_place_of`), and of that what asks for a
call: whether a tool serves a request at all the gate `tool` tells, and a reader that calls whatever it is asked could
judge none. A seed that a reader fails untouched is not for that reader: it has no vote there; one that compares is
shown the right call, and votes everywhere. The one surprise: a reader that did not answer has said nothing, so besides
accepted and rejected there is "unjudged", as the judge of lost trials has it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from sparring.config import WORDING
from sparring.gates.facts import Facts
from sparring.gates.rejection import Rejection
from sparring.records import UNJUDGED, Example

READERS = "readers"
UNREAD = "unread"  # too few readers answer the seed itself rightly: the price in recall, whatever is written


class Reader(Protocol):
    """A model that answers."""

    def fits(self, seeds: Sequence[Example]) -> list[bool | None]:
        """Per seed whether it can judge rewrites of it; None where no answer came, or none can be scored."""
        ...

    def agrees(self, rewrites: Sequence[Facts]) -> list[bool | None]:
        """Per rewrite whether the gold is still right by what it answers; None where no answer came."""
        ...


@dataclass
class _Votes:
    """What is known of one rewrite.

    Attributes:
        agree: Readers that must call the gold.
        left: Readers not asked yet that answer its seed rightly, or may.
        right: Readers that called the gold.
        silent: Readers without an answer, to the seed or to the rewrite.
    """

    agree: int
    left: int = 0
    right: int = 0
    silent: int = 0

    @property
    def open(self) -> bool:
        """Whether one more answer may decide."""
        return self.right < self.agree <= self.right + self.left + self.silent

    def result(self, num_fit: int) -> Rejection | None:
        """What they come to; None where enough agree. `num_fit` readers answer the seed rightly, or may."""
        if self.right >= self.agree:
            return None
        if self.right + self.silent >= self.agree:
            return Rejection(UNJUDGED, f"{self.silent} readers gave no answer")
        if num_fit < self.agree:
            return Rejection(UNREAD, f"{num_fit} readers answer the seed rightly, {self.agree} must")
        return Rejection(READERS, f"{self.right} of {num_fit} readers call the gold, {self.agree} must")


class Readers:
    """Judges rewrites by what readers answer.

    Args:
        readers: The models, cheapest first: who comes later is only asked what is still open.
        agree: So many of them must call the gold; None for all that answer the seed rightly.
        in_place_of: Gates that give way.
    """

    def __init__(self, readers: Sequence[Reader], agree: int | None, in_place_of: Collection[str] = WORDING) -> None:
        self.readers = list(readers)
        self.agree = agree
        self.in_place_of = frozenset(in_place_of)

    def replace(self, gate: str, facts: Facts) -> bool:
        """Whether a gate gives way; of a rewrite on a seed that wants no call, which nobody reads, in wording alone."""
        return gate in self.in_place_of and (bool(facts.example.gold) or gate in WORDING)

    def readable(self, seeds: Sequence[Example]) -> list[bool]:
        """Per seed whether rewrites of it can be judged: enough readers answer it rightly, or it wants no call."""
        fits = self._fits([seed for seed in seeds if seed.gold])
        enough = iter([sum(fit is True for fit in each) >= self._needed(each) for each in fits])
        return [next(enough) if seed.gold else True for seed in seeds]

    def explain(self, batch: Sequence[Facts]) -> list[Rejection | None]:
        """Per rewrite what is wrong with it, or None; one on a seed that wants no call no reader is asked about."""
        judged = iter(self._judged([facts for facts in batch if facts.example.gold]))
        return [next(judged) if facts.example.gold else None for facts in batch]

    def _judged(self, batch: Sequence[Facts]) -> list[Rejection | None]:
        fits = self._fits([facts.example for facts in batch])
        votes = [_Votes(self._needed(each), left=sum(fit is True for fit in each)) for each in fits]
        for vote, each in zip(votes, fits, strict=True):
            vote.silent = sum(fit is None for fit in each)
        for number, reader in enumerate(self.readers):
            asked = [i for i, vote in enumerate(votes) if vote.open and fits[i][number]]
            answers = reader.agrees([batch[i] for i in asked]) if asked else []
            for i, right in zip(asked, answers, strict=True):
                votes[i].left -= 1
                votes[i].right += right is True
                votes[i].silent += right is None
        return [vote.result(sum(fit is not False for fit in each)) for vote, each in zip(votes, fits, strict=True)]

    def _needed(self, fits: Sequence[bool | None]) -> int:
        """Readers that must call the gold of a rewrite on a seed that they answer so; at least one, where all must."""
        return max(1, sum(fit is not False for fit in fits)) if self.agree is None else self.agree

    def _fits(self, seeds: Sequence[Example]) -> list[list[bool | None]]:
        """Per seed and reader whether it answers the seed rightly as it is; None where no answer came."""
        distinct = {seed.id: seed for seed in seeds}
        if not distinct:
            return []
        found = [dict(zip(distinct, reader.fits(list(distinct.values())), strict=True)) for reader in self.readers]
        return [[answers[seed.id] for answers in found] for seed in seeds]
