"""A reader that answers a rewrite as any target would: its call must be the gold's, by the checker."""

from collections.abc import Sequence

from sparring.checker import check
from sparring.dialects import DIALECTS
from sparring.gates import Facts
from sparring.records import Example
from sparring.targets.reader import TargetReader

QUESTION = "read"  # in place of the example's id: rows of one question are one row of the journal


class CallingReader(TargetReader):
    """A target that answers; a seed that it fails untouched is not for it."""

    def fits(self, seeds: Sequence[Example]) -> list[bool | None]:
        """Whether its answer to each seed is the gold."""
        return self._right(seeds)

    def agrees(self, rewrites: Sequence[Facts]) -> list[bool | None]:
        """Whether its answer to each rewrite is the gold."""
        return self._right([facts.example.with_query(facts.query) for facts in rewrites])

    def _right(self, examples: Sequence[Example]) -> list[bool | None]:
        texts = self.texts([example.model_copy(update={"id": QUESTION}) for example in examples])
        parse = DIALECTS[self.asked_with.target.dialect].parse
        verdicts = (
            None if text is None else check(example, text, parse=parse)
            for example, text in zip(examples, texts, strict=True)
        )
        return [None if one is None or one.example_error is not None else one.correct for one in verdicts]
