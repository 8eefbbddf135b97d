"""Schema attacks as attacks: the query stays, the seed's tools change; one that leaves them as they are is none."""

from collections import defaultdict
from collections.abc import Sequence

from sparring.attacker.schema_attacks import PREFIX, SCHEMA_OPERATORS, attack_schema
from sparring.records import KINDS, Attack, Example, Tool


def schema_attacks(round: str, seed: int, seeds: Sequence[Example]) -> list[Attack]:
    """An attack by each schema operator on each seed whose answer it keeps, one operator after the other."""
    return [
        Attack(
            id=f"{round}:{example.id}:{PREFIX}{operator}",
            example_id=example.id,
            query=example.query,
            strategy=f"{PREFIX}{operator}",
            round=round,
            seed=seed,
        )
        for operator, made in SCHEMA_OPERATORS.items()
        for example in seeds
        if example.kind in made.kinds
    ]


def first_of_each_kind(seeds: Sequence[Example], wanted: int) -> list[Example]:
    """The first so many seeds that want a call, then as many that want none."""
    return [seed for kind in KINDS for seed in [one for one in seeds if one.kind == kind][:wanted]]


def with_changed_tools(
    attacks: Sequence[Attack], seeds: Sequence[Example], others: Sequence[Tool]
) -> list[tuple[Attack, Example]]:
    """Each attack with its seed under other tools; those that leave the tools as they are, in their order, are none."""
    seed_of = {seed.id: seed for seed in seeds}
    pairs = [(attack, under_other_tools(attack, seed_of[attack.example_id], others)) for attack in attacks]
    return [(attack, found) for attack, found in pairs if _shown(found) != _shown(seed_of[attack.example_id])]


def changed_in_turns(
    round: str, seed: int, seeds: Sequence[Example], others: Sequence[Tool], wanted: int
) -> list[tuple[Attack, Example]]:
    """So many attacks with their seeds under other tools, each seed once before any a second time.

    The next seed has the next operator; one that changes nothing of a seed's tools is passed over.
    """
    of_seed: dict[str, list[Attack]] = defaultdict(list)
    for attack in schema_attacks(round, seed, seeds):
        of_seed[attack.example_id].append(attack)
    found: list[tuple[Attack, Example]] = []
    for turn in range(max(map(len, of_seed.values()), default=0)):
        own = [(place + turn, of_seed[each.id]) for place, each in enumerate(seeds[: wanted - len(found)])]
        attacks = [made[place % len(made)] for place, made in own if turn < len(made)]
        found += with_changed_tools(attacks, seeds, others)
    return found[:wanted]


def under_other_tools(attack: Attack, seed: Example, others: Sequence[Tool]) -> Example:
    """What an attack asks of a seed, under the tools that it shows."""
    asked = seed.with_query(attack.query, attack.turns)
    return attack_schema(asked, [operator_of(attack)], attack.seed, others)[0]


def _shown(example: Example) -> list[str]:
    """The tools as a model reads them: two that differ in the order of their parameters are two."""
    return [tool.model_dump_json() for tool in example.tools]


def operator_of(attack: Attack) -> str:
    """The schema operator that an attack plays."""
    return attack.strategy.removeprefix(PREFIX)
