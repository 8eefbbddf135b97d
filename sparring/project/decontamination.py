"""No training row may know a held-out one: by tool, by gold, by query. A leak stops the round and is named.

The splits are made so that nothing here should ever be found; what a user adds, or a fault in the splits, is. Where
they are made by query (`data.split`), tools are shared, and the right call is what must not be.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sparring.checker import ParseError
from sparring.project.like_queries import MAX_CONTAINED, MIN_NGRAMS, NGRAM, ngrams, words_of
from sparring.project.right_arguments import MIN_SHARED, RightArguments
from sparring.project.ties import FUNCTION, SplitBy, normalised_name, with_functions
from sparring.records import Example, SFTExample

SHOWN = 5

Parse = Callable[[str], Sequence[tuple[str, dict[Any, Any]]]]


@dataclass(frozen=True, slots=True)
class Leak:
    """A training row that knows a held-out one, and how."""

    row_id: str
    heldout_id: str
    reason: str


def find_leaks(
    rows: Sequence[SFTExample], heldout: Sequence[Example], parse: Parse, split: SplitBy = "tool"
) -> list[Leak]:
    """The first leak of every training row that has one, in the order of the rows.

    Args:
        rows: The training set.
        heldout: Rows of all splits that are not trained on.
        parse: Reads a completion into calls, raising ParseError.
        split: How the splits were made: `data.split`.
    """
    index = _Index(heldout, split)
    found = []
    for row in rows:
        leak = next(index.leaks(row, parse), None)
        if leak is not None:
            found.append(Leak(row.id, *leak))
    return found


def describe(leaks: Sequence[Leak]) -> str:
    """One line that names the rows."""
    shown = "; ".join(f"{leak.row_id} has {leak.reason} {leak.heldout_id}" for leak in leaks[:SHOWN])
    more = f"; and {len(leaks) - SHOWN} more" if len(leaks) > SHOWN else ""
    return f"{len(leaks)} training rows know held-out ones: {shown}{more}"


class _Index:
    """The held-out rows by what a training row may share with them."""

    def __init__(self, heldout: Sequence[Example], split: SplitBy) -> None:
        self.by_tool: dict[str, str] = {}
        self.arguments = RightArguments(heldout)
        self.calls = RightArguments(map(with_functions, heldout) if split == "query" else ())
        self.by_query: dict[str, str] = {}
        self.by_ngram: dict[tuple[str, ...], list[int]] = defaultdict(list)
        self.ids = [example.id for example in heldout]
        self.num_ngrams: list[int] = []
        for number, example in enumerate(heldout):
            for gold in example.gold if split == "tool" else ():
                self.by_tool.setdefault(normalised_name(gold.name), example.id)
            words = words_of(example.query)
            self.by_query.setdefault(" ".join(words), example.id)
            grams = ngrams(words)
            self.num_ngrams.append(len(grams))
            for gram in grams:
                self.by_ngram[gram].append(number)

    def leaks(self, row: SFTExample, parse: Parse) -> Iterator[tuple[str, str]]:
        """(held-out id, reason) of everything that a row shares."""
        try:
            calls = parse(row.completion)
        except ParseError:
            calls = []
        for name, arguments in calls:
            if (known := self.by_tool.get(normalised_name(name))) is not None:
                yield known, "the target function of"
            if len(arguments) >= MIN_SHARED and (known := self.arguments.right(arguments)) is not None:
                yield known, "the right arguments of"
            if (known := self.calls.right({**arguments, FUNCTION: normalised_name(name)})) is not None:
                yield known, "the right call of"
        words = words_of(next(m.content for m in reversed(row.messages) if m.role == "user"))
        if (known := self.by_query.get(" ".join(words))) is not None:
            yield known, "the query of"
        shared = Counter(number for gram in ngrams(words) for number in self.by_ngram.get(gram, ()))
        for number, count in shared.items():
            if self.num_ngrams[number] >= MIN_NGRAMS and count / self.num_ngrams[number] >= MAX_CONTAINED:
                yield self.ids[number], f"{count} of {self.num_ngrams[number]} word {NGRAM}-grams of"
