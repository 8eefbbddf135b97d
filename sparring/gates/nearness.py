"""The gate `tool` of free text: by sentence embeddings the request is still there, and nothing moved towards a tool.

Natural wording has words of its own, so which words are new says little there; whether they bring the text nearer to
what a tool does than the seed was says more. What takes up a tool's own words is stopped as in programs. The one
surprise: a seed is near its tools already ("the mass of an electron" and magnetic fields), so the gain counts and not
the nearness.
"""

from collections.abc import Sequence

from sparring.gates.facts import SENTENCE, Facts
from sparring.gates.meaning import SentenceVectors
from sparring.gates.no_call import takes_up_a_tool, tool_texts

MIN_KEPT = 0.7  # cosine; both chosen on the mended half of the natural set: docs/gates.md, "Seeds that want no call"
MAX_GAIN = 0.08


class Nearness:
    """Judges rewrites of seeds that want no call, by how near they come to the tools.

    Args:
        vectors: Sentence embeddings.
    """

    def __init__(self, vectors: SentenceVectors) -> None:
        self.vectors = vectors

    def rejections(self, batch: Sequence[Facts]) -> list[str | None]:
        """Per rewrite what is wrong with it, or None; one of a seed with a call is none of this gate's."""
        found = [takes_up_a_tool(facts) for facts in batch]
        open_yet = [i for i, facts in enumerate(batch) if found[i] is None and not facts.example.gold]
        parts = [(tool_texts(batch[i].example.tools), self._said(batch[i])) for i in open_yet]
        texts = [[batch[i].seed, *tools, *said] for i, (tools, said) in zip(open_yet, parts, strict=True)]
        if not texts:
            return found
        vectors = iter(self.vectors.embed([text.lower() for each in texts for text in each]))
        for i, (tools, said) in zip(open_yet, parts, strict=True):
            seed, near = next(vectors), [next(vectors) for _ in tools]
            units = [next(vectors) for _ in said]
            kept = max(float(unit @ seed) for unit in units)
            gain = max((float(unit @ one) for unit in units for one in near), default=0.0)
            gain -= max((float(seed @ one) for one in near), default=0.0)
            if kept < MIN_KEPT:
                found[i] = f"nothing in it is nearer to the seed than {kept:.2f}"
            elif gain > MAX_GAIN:
                found[i] = f"{gain:.2f} nearer to a tool than the seed"
        return found

    def _said(self, facts: Facts) -> list[str]:
        """The whole, and its sentences."""
        return [facts.query, *(part for part in SENTENCE.split(facts.query) if part and part.strip())]
