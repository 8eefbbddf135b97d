"""The validity gates: all must pass before an attack counts or trains anything. The gate is the product.

One line each in GATES, cheapest first: rules are one function each; what needs a model comes last, in batches: the
embedding, then (where it is asked for) the frozen reference. A rejection is the name of the gate, with what it found.
The one surprise: where the recipe names readers, free text has other gates than programs of operators have: some give
way to the readers, and one (`INSTEAD`) judges by other means.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sparring.config import Action, GateParams
from sparring.gates import no_call, rules
from sparring.gates.deferred import deferred
from sparring.gates.facts import Facts
from sparring.gates.meaning import Meaning, SentenceVectors
from sparring.gates.nearness import Nearness
from sparring.gates.quantities import quantities
from sparring.gates.readers import Readers
from sparring.gates.rejection import Rejection
from sparring.gates.round_trip import RoundTrip
from sparring.gates.turned import turned
from sparring.operators import MAX_QUERY, misleads, site_of
from sparring.records import Example, Message

UNCHANGED = "unchanged"  # the reason of an attack that says what its seed says, word for word: it is none
TURNS = "turns"  # the reason of an attack whose request is fine and whose earlier turns are not
Judged = Callable[[Facts, GateParams], str | None]


class Rejecter(Protocol):
    """A gate at work."""

    def rejections(self, batch: Sequence[Facts]) -> list[str | None]:
        """Per rewrite what is wrong with it, or None."""
        ...


@dataclass(frozen=True)
class Means:
    """What gates are made of.

    Attributes:
        params: Thresholds.
        vectors: Sentence embeddings; None leaves out the gate that compares meanings.
        round_trip: The gate by a frozen reference; None where the recipe wants none.
    """

    params: GateParams
    vectors: SentenceVectors | None
    round_trip: RoundTrip | None

    @property
    def meaning(self) -> Meaning | None:
        """The gate that compares meanings; None without embeddings."""
        return None if self.vectors is None else Meaning(self.vectors, self.params.min_similarity)

    @property
    def nearness(self) -> Nearness | None:
        """The gate that compares with the tools; None without embeddings."""
        return None if self.vectors is None else Nearness(self.vectors)


@dataclass(frozen=True)
class Rule:
    """A gate that is a function of one rewrite; one that is too long to be anybody's query it rejects unread."""

    judged: Judged

    def __call__(self, facts: Facts, params: GateParams) -> str | None:
        """What is wrong with a rewrite, or None."""
        longest = max(len(facts.query), len(facts.seed))
        return f"{longest} characters, at most {MAX_QUERY}" if longest > MAX_QUERY else self.judged(facts, params)

    def made(self, means: Means) -> Rejecter:
        """The gate with its thresholds."""
        return _Ruled(self, means.params)


@dataclass(frozen=True)
class ByModel:
    """A gate that asks a model; `made` gives None where the recipe wants none."""

    made: Callable[[Means], Rejecter | None]


@dataclass(frozen=True)
class _Ruled:
    rule: Rule
    params: GateParams

    def rejections(self, batch: Sequence[Facts]) -> list[str | None]:
        return [self.rule(facts, self.params) for facts in batch]


GATES: dict[str, Rule | ByModel] = {
    "format": Rule(rules.malformed),
    "leak": Rule(rules.leak),
    "instruction": Rule(rules.instruction),
    "gibberish": Rule(rules.gibberish),
    "grounding": Rule(rules.grounding),
    "quantities": Rule(quantities),
    "relations": Rule(rules.relations),
    "negation": Rule(rules.negation),
    "contrast": Rule(rules.contrast),
    "turned": Rule(turned),
    "deferred": Rule(deferred),
    "constraint": Rule(rules.constraint),
    "second_request": Rule(rules.second_request),
    "content": Rule(rules.content),
    "tool": Rule(no_call.asks_for_a_tool),
    "meaning": ByModel(lambda means: means.meaning),
    "round_trip": ByModel(lambda means: means.round_trip),
}
INSTEAD = {"tool": ByModel(lambda means: means.nearness)}  # of free text, where readers judge it
RULES = {name: gate for name, gate in GATES.items() if isinstance(gate, Rule)}


class Gates(Protocol):
    """Says which attacks are valid."""

    def rejections(self, pairs: Sequence[tuple[Example, str]], action: Action = "program") -> list[str | None]:
        """Per (seed, rewrite) the name of the first gate that rejects, or None; `action` made the rewrites."""
        ...


class Gatekeeper:
    """All gates with one set of thresholds.

    Args:
        params: Thresholds.
        vectors: Sentence embeddings; None leaves out the gate that compares meanings.
        round_trip: The gate by a frozen reference; None leaves it out.
        readers: The gate of free text by readers; None judges free text as programs are judged.
    """

    def __init__(
        self,
        params: GateParams,
        vectors: SentenceVectors | None,
        round_trip: RoundTrip | None = None,
        readers: Readers | None = None,
    ) -> None:
        means = Means(params, vectors, round_trip)
        made = {name: gate.made(means) for name, gate in GATES.items()}
        self.gates = {name: gate for name, gate in made.items() if gate is not None}
        instead = {name: gate.made(means) for name, gate in INSTEAD.items()}
        self.instead = {name: gate for name, gate in instead.items() if gate is not None}
        self.readers = readers

    def rejections(self, pairs: Sequence[tuple[Example, str]], action: Action = "program") -> list[str | None]:
        """Per (seed, rewrite) the name of the first gate that rejects, or None; `action` made the rewrites."""
        return [None if found is None else found.gate for found in self.explain(pairs, action)]

    def explain(self, pairs: Sequence[tuple[Example, str]], action: Action = "program") -> list[Rejection | None]:
        """Per (seed, rewrite) the first rejection with what was found, or None; a gate sees what was let by."""
        facts = [Facts(example, query) for example, query in pairs]
        readers = self.readers if action == "rewrite" else None
        found: list[Rejection | None] = [None] * len(facts)
        for name, gate in self.gates.items():
            left = [i for i, rejection in enumerate(found) if rejection is None]
            if readers is not None:
                left = [i for i in left if not readers.replace(name, facts[i])]
            at_work = gate if readers is None else self.instead.get(name, gate)
            for i, detail in zip(left, at_work.rejections([facts[i] for i in left]), strict=True):
                found[i] = None if detail is None else Rejection(name, detail)
        if readers is not None:
            left = [i for i, rejection in enumerate(found) if rejection is None]
            for i, rejection in zip(left, readers.explain([facts[i] for i in left]), strict=True):
                found[i] = rejection
        return found


class NoGates:
    """Lets everything through: what an experiment without gates puts in the gatekeeper's place."""

    def rejections(self, pairs: Sequence[tuple[Example, str]], action: Action = "program") -> list[str | None]:
        """No rejection."""
        return [None] * len(pairs)


def rejected(
    gates: Gates, asked: Sequence[tuple[Example, str, Sequence[Message]]], action: Action = "program"
) -> list[str | None]:
    """Per (seed, rewrite, turns before it) the first gate that rejects, or None: after all others, the turns.

    What says the same as its seed is no attack, and no gate is asked about it.
    """
    changed = [i for i, (example, query, turns) in enumerate(asked) if turns or query.strip() != example.query.strip()]
    judged = gates.rejections([asked[i][:2] for i in changed], action)
    reasons: list[str | None] = [UNCHANGED] * len(asked)
    for i, reason in zip(changed, judged, strict=True):
        example, _, turns = asked[i]
        reasons[i] = reason or (TURNS if turns and misleads(turns, site_of(example)) is not None else None)
    return reasons


__all__ = [
    "GATES",
    "RULES",
    "UNCHANGED",
    "ByModel",
    "Facts",
    "Gatekeeper",
    "Gates",
    "NoGates",
    "Readers",
    "Rejection",
    "RoundTrip",
    "Rule",
    "rejected",
]
