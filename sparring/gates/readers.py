"""The gate by readers: models outside the target's line read a rewrite, and by enough of them the gold must hold.

It judges free text alone, where what rules say of wording gives way to it (`in_place_of`). Of rewrites on seeds that
want no call a reader which calls whatever it is asked could judge none: there the gate `tool` tells, and such readers
as can (`judges_no_call`). A seed that a reader fails untouched is not for that reader: it has no vote there; one that
compares is shown the right call, and votes everywhere. The one surprise: a reader that did not answer has said nothing,
so besides accepted and rejected there is "unjudged", as the judge of lost trials has it.
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

    @property
    def judges_no_call(self) -> bool:
        """Whether rewrites of seeds that want no call are for it."""
        ...

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
        """Whether a gate gives way; for a seed that no reader is asked about, in wording alone."""
        return gate in self.in_place_of and (self._read(facts.example) or gate in WORDING)

    def readable(self, seeds: Sequence[Example]) -> list[bool]:
        """Per seed whether rewrites of it can be judged: enough readers answer it rightly, or none is asked."""
        read = [seed for seed in seeds if self._read(seed)]
        pairs = zip(read, self._fits(read), strict=True)
        enough = iter([sum(fit is True for fit in fits) >= self._needed(seed, fits) for seed, fits in pairs])
        return [next(enough) if self._read(seed) else True for seed in seeds]

    def explain(self, batch: Sequence[Facts]) -> list[Rejection | None]:
        """Per rewrite what is wrong with it, or None; a seed without a call that is for no reader has none."""
        judged = iter(self._judged([facts for facts in batch if self._read(facts.example)]))
        return [next(judged) if self._read(facts.example) else None for facts in batch]

    def _read(self, seed: Example) -> bool:
        """Whether a reader is asked about rewrites of it."""
        return bool(seed.gold) or any(reader.judges_no_call for reader in self.readers)

    def _judged(self, batch: Sequence[Facts]) -> list[Rejection | None]:
        fits = self._fits([facts.example for facts in batch])
        needed = [self._needed(facts.example, each) for facts, each in zip(batch, fits, strict=True)]
        votes = [_Votes(must, left=sum(fit is True for fit in each)) for must, each in zip(needed, fits, strict=True)]
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

    def _needed(self, seed: Example, fits: Sequence[bool | None]) -> int:
        """Readers that must call the gold of a rewrite: of those that answer the seed so, at least one where all must.

        No more than are asked about such seeds at all.
        """
        if self.agree is None:
            return max(1, sum(fit is not False for fit in fits))
        return min(self.agree, sum(bool(seed.gold) or reader.judges_no_call for reader in self.readers))

    def _fits(self, seeds: Sequence[Example]) -> list[list[bool | None]]:
        """Per seed and reader whether it answers the seed rightly as it is; None where no answer came."""
        distinct = {seed.id: seed for seed in seeds}
        found: list[dict[str, bool | None]] = []
        for reader in self.readers:
            asked = [seed for seed in distinct.values() if seed.gold or reader.judges_no_call]
            fits: dict[str, bool | None] = dict.fromkeys(distinct, False)
            found.append(
                fits | dict(zip([seed.id for seed in asked], reader.fits(asked) if asked else [], strict=True))
            )
        return [[answers[seed.id] for answers in found] for seed in seeds]
