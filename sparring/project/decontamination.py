"""No training row may know a held-out one: by tool, by gold, by query. A leak stops the round and is named.

The splits are made by tool, so that nothing here should ever be found; what a user adds, or a fault in the splits, is.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sparring.checker import ParseError
from sparring.project.right_arguments import MIN_SHARED, RightArguments
from sparring.project.splits import normalised_name
from sparring.records import Example, SFTExample

WORD = re.compile(r"\w+")
NGRAM = 3
MIN_NGRAMS = 8
# BFCL's own rows of different tools share up to .86 of a held-out row's trigrams ("Convert the sentence 'Hello, how are
# you?' from English to French."), measured over train against val, test and ood: 1,270 rows, none above .9.
MAX_CONTAINED = 0.9
SHOWN = 5

Parse = Callable[[str], Sequence[tuple[str, dict[Any, Any]]]]


@dataclass(frozen=True, slots=True)
class Leak:
    """A training row that knows a held-out one, and how."""

    row_id: str
    heldout_id: str
    reason: str


def find_leaks(rows: Sequence[SFTExample], heldout: Sequence[Example], parse: Parse) -> list[Leak]:
    """The first leak of every training row that has one, in the order of the rows.

    Args:
        rows: The training set.
        heldout: Rows of all splits that are not trained on.
        parse: Reads a completion into calls, raising ParseError.
    """
    index = _Index(heldout)
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

    def __init__(self, heldout: Sequence[Example]) -> None:
        self.by_tool: dict[str, str] = {}
        self.arguments = RightArguments(heldout)
        self.by_query: dict[str, str] = {}
        self.by_ngram: dict[tuple[str, ...], list[int]] = defaultdict(list)
        self.ids = [example.id for example in heldout]
        self.num_ngrams: list[int] = []
        for number, example in enumerate(heldout):
            for gold in example.gold:
                self.by_tool.setdefault(normalised_name(gold.name), example.id)
            words = _words(example.query)
            self.by_query.setdefault(" ".join(words), example.id)
            grams = _ngrams(words)
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
        words = _words(next(m.content for m in reversed(row.messages) if m.role == "user"))
        if (known := self.by_query.get(" ".join(words))) is not None:
            yield known, "the query of"
        shared = Counter(number for gram in _ngrams(words) for number in self.by_ngram.get(gram, ()))
        for number, count in shared.items():
            if self.num_ngrams[number] >= MIN_NGRAMS and count / self.num_ngrams[number] >= MAX_CONTAINED:
                yield self.ids[number], f"{count} of {self.num_ngrams[number]} word {NGRAM}-grams of"


def _words(text: str) -> list[str]:
    return WORD.findall(text.lower())


def _ngrams(words: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(words[start : start + NGRAM]) for start in range(len(words) - NGRAM + 1)}
