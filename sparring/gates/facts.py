"""What the gates look at: the seed and its rewrite, with the request itself told apart from the sentences around it.

A sentence around the request shares no content word with the seed. Frames of our own operators are known to be safe and
are taken away first; every other one is judged.
"""

import re
from functools import cached_property

from sparring.gates.words import ByLength, alternatives, is_content, stem, words
from sparring.normalise.grounding import plain
from sparring.normalise.spoken import written
from sparring.operators import as_asked, frames, site_of, without_unasked, wording
from sparring.records import Example

SENTENCE = re.compile(r"(?<=[.!?:;…])[\"”']?\s+|\n+")
KNOWN_FRAMES = (
    *frames.GREETINGS, *frames.THANKS, *frames.CHATTER, *frames.STORIES, *frames.NEAR_MISSES, *frames.PERSONAS,
    *frames.QUOTERS, *frames.QUOTERS.values(), *frames.HURRIES, *frames.TITLES, *wording.POLITE,
    "I need help with the following.",
)  # fmt: skip
KNOWN_QUANTITIES = re.compile(
    "|".join(re.escape(text).replace(r"\{n\}", r"\w+") for text in frames.QUANTITIES), re.IGNORECASE
)
KNOWN = re.compile("|".join(re.escape(text) for text in sorted(KNOWN_FRAMES, key=len, reverse=True)), re.IGNORECASE)


class Facts:
    """One rewrite beside its seed. All parts are computed when first asked for.

    Args:
        example: The seed.
        query: The rewrite.
    """

    def __init__(self, example: Example, query: str) -> None:
        self.example = example
        self.seed = written(example.query)
        self.query = query

    @cached_property
    def request(self) -> str:
        """The rewrite with figures for what is said in words, and without what operators that know the seed added."""
        return as_asked(self.query, site_of(self.example))

    @cached_property
    def said(self) -> str:
        """All that the rewrite says, frames too, but for what a sentence says of a tool that nobody wants."""
        return without_unasked(self.query, site_of(self.example))

    @cached_property
    def unframed(self) -> str:
        """The rewrite without the frames that are known to be safe."""
        seed = self.seed
        text = KNOWN_QUANTITIES.sub(lambda match: match.group() if match.group() in seed else " ", self.request)
        text = KNOWN.sub(lambda match: match.group() if match.group() in seed else " ", text).strip()
        return text or self.request

    @cached_property
    def seed_stems(self) -> frozenset[str]:
        """Stems of the seed's content words, and of what our operators would put for them."""
        return frozenset(other for word in words(self.seed) if is_content(word) for other in alternatives(word))

    @cached_property
    def seed_content(self) -> list[str]:
        """The seed's content words, without repetition, in order."""
        return list(dict.fromkeys(word for word in words(self.seed) if is_content(word)))

    @cached_property
    def _seed_words(self) -> str:
        return f" {plain(self.seed)} "

    @cached_property
    def _parts(self) -> tuple[str, list[str]]:
        sentences = [part.strip() for part in SENTENCE.split(self.unframed) if part and part.strip()]
        shares = {sentence: self._shares(sentence) for sentence in dict.fromkeys(sentences)}
        inside = [sentence for sentence in sentences if shares[sentence]]
        if not inside:
            return self.unframed, []
        return " ".join(inside), [sentence for sentence in sentences if not shares[sentence]]

    def _shares(self, sentence: str) -> bool:
        """Whether a sentence belongs to the request: a good part of its content is the seed's, or it has none."""
        content = [word for word in words(sentence) if is_content(word)]
        if f" {plain(sentence)} " in self._seed_words:
            return True
        known = sum(self.knows(word) for word in content)
        return known > 0 and (known * 3 >= len(content) or known >= 3)

    @cached_property
    def core(self) -> str:
        """The request itself."""
        return self._parts[0]

    @cached_property
    def asides(self) -> list[str]:
        """The sentences around it."""
        return self._parts[1]

    def knows(self, word: str) -> bool:
        """Whether a word of the rewrite is one of the seed's: the same, a variant, or a slip of it."""
        if word not in self._known:
            self._known[word] = stem(word) in self.seed_stems or self._seed_lengths.has_like(word)
        return self._known[word]

    @cached_property
    def _known(self) -> dict[str, bool]:
        return {}

    @cached_property
    def _seed_lengths(self) -> ByLength:
        return ByLength(self.seed_content)

    @cached_property
    def _given(self) -> tuple[frozenset[str], ByLength]:
        """The rewrite's words: their stems, and all by length."""
        given = dict.fromkeys(words(self.request))
        return frozenset(stem(word) for word in given), ByLength(given)

    def keeps(self, word: str) -> bool:
        """Whether the rewrite has a content word of the seed: the same, a variant, or a slip of it."""
        stems, lengths = self._given
        return bool(alternatives(word) & stems) or lengths.has_like(word)

    @cached_property
    def new_content(self) -> list[str]:
        """Content words of the request that the seed does not have."""
        return [word for word in words(self.core) if is_content(word) and not self.knows(word)]

    @cached_property
    def kept_content(self) -> float | None:
        """Share of the seed's content words that the rewrite keeps; None where the seed has none."""
        if not self.seed_content:
            return None
        return sum(self.keeps(word) for word in self.seed_content) / len(self.seed_content)
