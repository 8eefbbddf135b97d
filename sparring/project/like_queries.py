"""Queries that say nearly the same: copies by word trigrams, and patterns that differ in their values alone.

Who has learnt one of them knows how another is answered. The one surprise: which words are values, a row's gold says.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sparring.gates.words import is_content, stem
from sparring.gold import plain_value
from sparring.records import Example

WORD = re.compile(r"\w+")
NGRAM = 3
MIN_NGRAMS = 8
# BFCL's own rows of different tools share up to .86 of a held-out row's trigrams ("Convert the sentence 'Hello, how are
# you?' from English to French."), measured over train against val, test and ood: 1,270 rows, none above .9.
MAX_CONTAINED = 0.9
MIN_PATTERN = 2  # words of a pattern beside its values: "weather VALUE" alone is no pattern
MIN_PATTERN_NGRAMS = 5
MAX_PATTERN_CONTAINED = 0.8
VALUE = "_"

Gram = tuple[str, ...]


def words_of(text: str) -> list[str]:
    """Words in small letters."""
    return WORD.findall(text.lower())


def ngrams(words: Sequence[str]) -> set[Gram]:
    """Word trigrams."""
    return {tuple(words[start : start + NGRAM]) for start in range(len(words) - NGRAM + 1)}


def pattern_of(example: Example) -> list[str]:
    """The words of a query with one sign for each stretch of values: numbers, and what its right calls hold."""
    values = {word for call in example.gold for value in call.arguments.values() for word in _value_words(value)}
    pattern: list[str] = []
    for word in words_of(example.query):
        value = word in values or any(character.isdigit() for character in word)
        if not (value and pattern[-1:] == [VALUE]):
            pattern.append(VALUE if value else word)
    return pattern


def pattern_keys(example: Example) -> Iterator[str]:
    """What queries of one pattern have in common: its words, and those of them that carry content."""
    pattern = pattern_of(example)
    plain = [word for word in pattern if word != VALUE]
    if len(plain) >= MIN_PATTERN:
        yield "pattern " + " ".join(pattern)
    content = [stem(word) for word in plain if is_content(word)]
    if len(content) >= MIN_PATTERN:
        yield "content " + " ".join(content)


class LikeQueries:
    """The queries of some rows, by their trigrams.

    Args:
        examples: The rows.
    """

    def __init__(self, examples: Iterable[Example]) -> None:
        self._ids: list[str] = []
        self._grams: list[tuple[set[Gram], set[Gram]]] = []
        self._with: dict[tuple[int, Gram], list[int]] = defaultdict(list)
        for example in examples:
            found = _both_grams(example)
            for kind, grams in enumerate(found):
                for gram in grams:
                    self._with[kind, gram].append(len(self._ids))
            self._ids.append(example.id)
            self._grams.append(found)

    def knowing(self, example: Example) -> list[str]:
        """Ids of the rows whose query is nearly this one's, whole or but for the values; in their order."""
        found = _both_grams(example)
        near: set[int] = set()
        for kind, grams in enumerate(found):
            shared = Counter(number for gram in grams for number in self._with.get((kind, gram), ()))
            near |= {n for n, count in shared.items() if _near(kind, count, len(grams), len(self._grams[n][kind]))}
        return [self._ids[number] for number in sorted(near)]


def _near(kind: int, shared: int, *sizes: int) -> bool:
    """Whether either query is nearly contained in the other."""
    least, most = (MIN_NGRAMS, MAX_CONTAINED) if kind == 0 else (MIN_PATTERN_NGRAMS, MAX_PATTERN_CONTAINED)
    return any(size >= least and shared / size >= most for size in sizes)


def _both_grams(example: Example) -> tuple[set[Gram], set[Gram]]:
    return ngrams(words_of(example.query)), ngrams(pattern_of(example))


def _value_words(value: Any) -> Iterator[str]:
    """The words of a value, however deep they stand in it."""
    found = plain_value(value)
    if isinstance(found, str):
        yield from words_of(found)
    elif isinstance(found, Mapping):
        for inner in found.values():
            yield from _value_words(inner)
    elif isinstance(found, Sequence):
        for inner in found:
            yield from _value_words(inner)
    elif isinstance(found, int | float) and not isinstance(found, bool):
        yield from words_of(str(found))
