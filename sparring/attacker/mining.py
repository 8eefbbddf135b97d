"""Mining before RL: random operator programs against the target as it stands; the best of them are worth learning.

RL learns from differences within a group; a policy that never wins has none. What wins is learnt first, then what came
nearest to it. No seed gives more than its share: its weakness would be all that is learnt.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sparring.attacker.program import apply_program, random_program, render_program
from sparring.records import KINDS, Example

AT_ONCE = 32  # attacks that the reward sees together: as many as in a step of RL, which its terms depend on
MAX_OPERATORS = 4

Reward = Callable[[Sequence[Example], Sequence[str]], list[dict[str, float]]]


@dataclass(frozen=True)
class Mined:
    """An attack and what it earned.

    Attributes:
        example: The seed.
        completion: What the query model would have to write.
        terms: The reward's terms, by name.
    """

    example: Example
    completion: str
    terms: Mapping[str, float]

    @property
    def hit(self) -> bool:
        """Whether every answer of the target was wrong."""
        return self.terms.get("success") == 1.0


def mine(seeds: Sequence[Example], reward: Reward, action: str, per_seed: int, seed: int) -> list[Mined]:
    """Plays random programs, `per_seed` different ones a seed.

    Args:
        seeds: What is attacked.
        reward: The reward of RL.
        action: "program" learns the program's text, "rewrite" the query that it makes.
        per_seed: Programs a seed.
        seed: Decides the programs.
    """
    played: dict[tuple[str, str], Example] = {}
    for example in seeds:
        rng = random.Random(f"{seed}-{example.id}-mining")
        for _ in range(per_seed):
            program = random_program(rng, rng.randint(1, MAX_OPERATORS))
            text = render_program(program) if action == "program" else apply_program(program, example, seed)
            played[example.id, text] = example
    attacks = [(example, text) for (_, text), example in played.items()]
    mined = []
    for start in range(0, len(attacks), AT_ONCE):
        batch = attacks[start : start + AT_ONCE]
        earned = reward([example for example, _ in batch], [text for _, text in batch])
        mined += [Mined(example, text, terms) for (example, text), terms in zip(batch, earned, strict=True)]
    return mined


def worth_learning(mined: Sequence[Mined], wanted: int, max_per_seed: int) -> list[Mined]:
    """The valid, scored attacks that earned most, hits before all others; at most `max_per_seed` of one seed.

    Seeds of each kind give their part of them first: where one kind is easy to break, the other is learnt all the same.
    """
    ranked = sorted(
        (attack for attack in mined if attack.terms.get("valid") == 1.0 and "total" in attack.terms),
        key=lambda attack: (not attack.hit, -attack.terms["total"]),
    )
    taken: Counter[str] = Counter()
    allowed = []
    for attack in ranked:
        if taken[attack.example.id] < max_per_seed:
            taken[attack.example.id] += 1
            allowed.append(attack)
    first: set[int] = set()
    for kind in KINDS:
        own = [place for place, attack in enumerate(allowed) if attack.example.kind == kind]
        share = sum(attack.example.kind == kind for attack in mined) / max(1, len(mined))
        first |= set(own[: round(share * wanted)])
    rest = [place for place in range(len(allowed)) if place not in first]
    return [allowed[place] for place in sorted([*sorted(first), *rest][:wanted])]


def mining_counts(mined: Sequence[Mined], chosen: Sequence[Mined]) -> dict[str, int]:
    """Attacks that were played, valid, won and learnt, in all and on seeds that want no call."""
    hits = [attack for attack in mined if attack.hit]
    return {
        "played": len(mined),
        "played_no_call": _without_a_call(mined),
        "valid": sum(attack.terms.get("valid") == 1.0 for attack in mined),
        "hits": len(hits),
        "hits_no_call": _without_a_call(hits),
        "learnt": len(chosen),
        "learnt_no_call": _without_a_call(chosen),
        "learnt_hits": sum(attack.hit for attack in chosen),
    }


def _without_a_call(attacks: Sequence[Mined]) -> int:
    return sum(attack.example.wants_no_call for attack in attacks)
