"""The gate by a frozen reference outside the target's line: can the right call still be read out of the rewrite?

It compares the likelihood of the gold given the rewrite with that given the seed, so that a reference which finds a
call unlikely anyway judges the rewrite alone. Seeds are read anew in every batch: what is remembered between batches
would make a resumed run differ in the last digits.
"""

from collections.abc import Sequence
from typing import Protocol

from sparring.dialects.base import Dialect
from sparring.gates.facts import Facts
from sparring.gold import gold_calls
from sparring.records import Example


class Reader(Protocol):
    """A model whose likelihoods can be read."""

    def gold_logprob(self, examples: Sequence[Example], texts: Sequence[str]) -> list[float]:
        """Log-likelihood of a text as the answer to each example, in nats, summed over its tokens."""
        ...


class RoundTrip:
    """Judges rewrites by how well the reference reads the gold out of them.

    Args:
        reader: The reference.
        dialect: How it writes calls.
        max_drop: Largest fall of the gold's log-likelihood from seed to rewrite, in nats.
    """

    def __init__(self, reader: Reader, dialect: Dialect, max_drop: float) -> None:
        self.reader = reader
        self.dialect = dialect
        self.max_drop = max_drop

    def rejections(self, batch: Sequence[Facts]) -> list[str | None]:
        """Per rewrite what is wrong, or None."""
        return [
            f"the gold fell by {drop:.1f} nats, at most {self.max_drop:g}" if drop > self.max_drop else None
            for drop in self.drops([(facts.example, facts.query) for facts in batch])
        ]

    def drops(self, pairs: Sequence[tuple[Example, str]]) -> list[float]:
        """Per (seed, rewrite) by how many nats the gold's log-likelihood falls; below 0 where it rises."""
        seeds = {id(example): example for example, _ in pairs}
        asked = [*seeds.values(), *(example.with_query(query) for example, query in pairs)]
        if not asked:
            return []
        found = self.reader.gold_logprob(asked, [self.dialect.render(gold_calls(example)) for example in asked])
        before = dict(zip(seeds, found[: len(seeds)], strict=True))
        return [before[id(example)] - after for (example, _), after in zip(pairs, found[len(seeds) :], strict=True)]
