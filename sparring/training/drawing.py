"""Attacks to train on, drawn under caps: no seed and no operator may fill a training set, and no text comes twice."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sparring.attacker.program import SEPARATOR
from sparring.attacker.schema_attacks import PREFIX
from sparring.config import SFTParams
from sparring.operators import OPERATORS, TURNS
from sparring.records import Attack, Example

SCHEMA = "schema"


@dataclass(frozen=True)
class Candidate:
    """A valid attack that may train.

    Attributes:
        attack: What was written.
        asked: The seed with the attack's query, or with the tools that it changed; its id is the seed's.
        answer: What the row teaches.
        source: Who is asked for it, a name in AttackerShares.
        lost: Whether the target answered the seed rightly and the attack wrongly.
        rejected: Its wrong answer to the attack; None where it is right.
        weight: How often it was lost; heavier ones come first.
    """

    attack: Attack
    asked: Example
    answer: str
    source: str
    lost: bool
    rejected: str | None
    weight: int = 1


class Drawing:
    """Candidates taken so far, and what may still be taken.

    Args:
        params: Caps.
        wanted: Attacked rows in all, of which an operator may have its share.
        seeds: Untouched rows: an attack that asks the same as its seed is none.
    """

    def __init__(self, params: SFTParams, wanted: int, seeds: Iterable[Example]) -> None:
        self.max_per_seed = params.max_per_seed
        self.max_per_operator = math.ceil(params.max_per_operator * wanted)
        self.without = frozenset(params.without)
        self.seeds: Counter[str] = Counter()
        self.operators: Counter[str] = Counter()
        self.seen = {_shown(seed) for seed in seeds}

    def take(self, candidates: Iterable[Candidate], count: int) -> list[Candidate]:
        """The first so many of them that the caps allow."""
        taken: list[Candidate] = []
        for each in candidates:
            if len(taken) < count and self.allows(each):
                self.seeds[each.asked.id] += 1
                self.operators.update(capped_by(each.attack))
                self.seen.add(_shown(each.asked))
                taken.append(each)
        return taken

    def allows(self, each: Candidate) -> bool:
        """Whether a candidate may train, breaks no cap and asks something new."""
        return (
            self.seeds[each.asked.id] < self.max_per_seed
            and self.without.isdisjoint(capped_by(each.attack))
            and all(self.operators[name] < self.max_per_operator for name in capped_by(each.attack))
            and _shown(each.asked) not in self.seen
        )


def ranked(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Lost ones first; among them each seed's first before any seed's second, heavier ones before others."""
    heavy = sorted(candidates, key=lambda each: (not each.lost, -each.weight))
    turns: Counter[tuple[str, bool]] = Counter()
    places = []
    for each in heavy:
        places.append((not each.lost, turns[each.asked.id, each.lost]))
        turns[each.asked.id, each.lost] += 1
    return [heavy[at] for at in sorted(range(len(heavy)), key=places.__getitem__)]


def capped_by(attack: Attack) -> tuple[str, ...]:
    """Operators that had a part in an attack; none in free text."""
    if attack.strategy.startswith(PREFIX):
        return (attack.strategy,)
    return tuple(name for name in attack.strategy.split(SEPARATOR) if name in OPERATORS or name in TURNS)


def attacker_of(attack: Attack) -> str:
    """Who wrote it: "schema", "rules", or the round of the query model."""
    return SCHEMA if attack.strategy.startswith(PREFIX) else attack.round


def _shown(example: Example) -> str:
    """What a model is shown."""
    return example.model_dump_json(include={"id", "messages", "tools"})
