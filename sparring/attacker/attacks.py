"""Attacks as the steps hand them on: seeds as they are in the form of attacks, and attacks with what the gates say."""

from collections.abc import Sequence

from sparring.attacker.query_prompts import REWRITE
from sparring.config import Action
from sparring.gates import Gates, rejected
from sparring.records import Attack, Example, GatedAttack, by_id

UNTOUCHED = "untouched"
MALFORMED = "malformed"


def untouched_attacks(seeds: Sequence[Example], round: str) -> list[Attack]:
    """The seeds as they are, in the form of attacks."""
    return [
        Attack(
            id=f"{UNTOUCHED}:{seed.id}",
            example_id=seed.id,
            query=seed.query,
            strategy=UNTOUCHED,
            round=round,
            seed=0,
        )
        for seed in seeds
    ]


def gate(gatekeeper: Gates, attacks: Sequence[Attack], seeds: Sequence[Example]) -> list[GatedAttack]:
    """The attacks, each with the first gate that rejects it; free text has gates of its own."""
    examples = by_id(seeds)
    legal = [attack for attack in attacks if attack.strategy != MALFORMED]
    by_attack: dict[str, str | None] = {}
    actions: tuple[Action, ...] = ("program", "rewrite")
    for action in actions:
        own = [attack for attack in legal if (attack.strategy == REWRITE) == (action == "rewrite")]
        asked = [(examples[each.example_id], each.query, each.turns) for each in own]
        by_attack |= {each.id: why for each, why in zip(own, rejected(gatekeeper, asked, action), strict=True)}
    return [GatedAttack(attack=attack, rejected_by=by_attack.get(attack.id, MALFORMED)) for attack in attacks]


def ungated(attacks: Sequence[Attack]) -> list[GatedAttack]:
    """Attacks that no gate is asked about."""
    return [GatedAttack(attack=attack, rejected_by=None) for attack in attacks]
