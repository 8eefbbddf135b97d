"""The gate by sentence embedding: the request still means the same, and what stands around it means something else."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sparring.gates.facts import Facts
from sparring.gates.words import is_content, words

MAX_RELATED = 0.45


class SentenceVectors(Protocol):
    """Unit vectors of texts."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row a text."""
        ...


class Meaning:
    """Judges rewrites by their similarity to the seed.

    Args:
        vectors: Sentence embeddings.
        min_similarity: Smallest cosine between the seed and the request inside the rewrite.
    """

    def __init__(self, vectors: SentenceVectors, min_similarity: float) -> None:
        self.vectors = vectors
        self.min_similarity = min_similarity

    def rejections(self, batch: Sequence[Facts]) -> list[str | None]:
        """Per rewrite what is wrong with its meaning, or None."""
        texts = [text for facts in batch for text in self._texts(facts)]
        if not texts:
            return []
        rows = iter(self.vectors.embed(texts))
        found: list[str | None] = []
        for facts in batch:
            seed, core = next(rows), next(rows)
            near = [seed, *(next(rows) for _ in self._tools(facts))]
            asides = [next(rows) for _ in self._judged(facts)]
            similarity = float(seed @ core)
            related = max((float(one @ aside) for one in near for aside in asides), default=0.0)
            if similarity < self.min_similarity:
                found.append(f"similarity {similarity:.2f}")
            else:
                found.append(f"a sentence of similarity {related:.2f} beside it" if related > MAX_RELATED else None)
        return found

    def _texts(self, facts: Facts) -> list[str]:
        return [facts.seed.lower(), facts.core.lower(), *self._tools(facts), *self._judged(facts)]

    def _tools(self, facts: Facts) -> list[str]:
        """What the tools do; on a seed that none of them serves each stands alone, since one is enough to be asked."""
        tools = facts.example.tools
        if not facts.example.gold:
            return [tool.description for tool in tools]
        return [" ".join(tool.description for tool in tools[:3])]

    def _judged(self, facts: Facts) -> list[str]:
        """Sentences around the request that say something."""
        return [sentence for sentence in facts.asides if any(is_content(word) for word in words(sentence))]
