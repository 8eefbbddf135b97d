"""The validity gates: all must pass before an attack counts or trains anything. The gate is the product.

One function each, one line in GATES, cheapest first; what needs a model comes last, in batches: the embedding, then
(where it is asked for) the frozen reference. A rejection is the name of the gate that rejects, with what it found.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sparring.config import GateParams
from sparring.gates import rules
from sparring.gates.facts import Facts
from sparring.gates.meaning import Meaning, SentenceVectors
from sparring.gates.round_trip import RoundTrip
from sparring.operators import MAX_QUERY
from sparring.records import Example

Gate = Callable[[Facts, GateParams], str | None]

_GATES: dict[str, Gate] = {
    "format": rules.malformed,
    "leak": rules.leak,
    "instruction": rules.instruction,
    "gibberish": rules.gibberish,
    "grounding": rules.grounding,
    "quantities": rules.quantities,
    "relations": rules.relations,
    "negation": rules.negation,
    "constraint": rules.constraint,
    "second_request": rules.second_request,
    "content": rules.content,
}


def _within_reach(gate: Gate) -> Gate:
    """The gate, which rejects what is too long to be anybody's query without reading it."""

    def judged(facts: Facts, params: GateParams) -> str | None:
        longest = max(len(facts.query), len(facts.seed))
        return f"{longest} characters, at most {MAX_QUERY}" if longest > MAX_QUERY else gate(facts, params)

    return judged


GATES = {name: _within_reach(gate) for name, gate in _GATES.items()}
MEANING = "meaning"
ROUND_TRIP = "round_trip"


@dataclass(frozen=True)
class Rejection:
    """Which gate rejects, and what it found."""

    gate: str
    detail: str


class Gates(Protocol):
    """Says which attacks are valid."""

    def rejections(self, pairs: Sequence[tuple[Example, str]]) -> list[str | None]:
        """Per (seed, rewrite) the name of the first gate that rejects, or None."""
        ...


class Gatekeeper:
    """All gates with one set of thresholds.

    Args:
        params: Thresholds.
        vectors: Sentence embeddings.
        round_trip: The gate by a frozen reference; None leaves it out.
    """

    def __init__(self, params: GateParams, vectors: SentenceVectors, round_trip: RoundTrip | None = None) -> None:
        self.params = params
        self.round_trip = round_trip
        self.meaning = Meaning(vectors, params.min_similarity)

    def rejections(self, pairs: Sequence[tuple[Example, str]]) -> list[str | None]:
        """Per (seed, rewrite) the name of the first gate that rejects, or None."""
        return [None if found is None else found.gate for found in self.explain(pairs)]

    def explain(self, pairs: Sequence[tuple[Example, str]]) -> list[Rejection | None]:
        """Per (seed, rewrite) the first rejection with what was found, or None."""
        facts = [Facts(example, query) for example, query in pairs]
        found = [self._by_rule(one) for one in facts]
        left = [i for i, rejection in enumerate(found) if rejection is None]
        for i, detail in zip(left, self.meaning.rejections([facts[i] for i in left]), strict=True):
            found[i] = None if detail is None else Rejection(MEANING, detail)
        if self.round_trip is not None:
            left = [i for i in left if found[i] is None]
            for i, detail in zip(left, self.round_trip.rejections([pairs[i] for i in left]), strict=True):
                found[i] = None if detail is None else Rejection(ROUND_TRIP, detail)
        return found

    def _by_rule(self, facts: Facts) -> Rejection | None:
        for name, gate in GATES.items():
            if (detail := gate(facts, self.params)) is not None:
                return Rejection(name, detail)
        return None


class NoGates:
    """Lets everything through: what an experiment without gates puts in the gatekeeper's place."""

    def rejections(self, pairs: Sequence[tuple[Example, str]]) -> list[str | None]:
        """No rejection."""
        return [None] * len(pairs)


__all__ = [
    "GATES",
    "MEANING",
    "ROUND_TRIP",
    "Facts",
    "Gate",
    "Gatekeeper",
    "Gates",
    "NoGates",
    "Rejection",
    "RoundTrip",
]
