"""Further attackers of a round's training set: earlier query models, programs composed at random, changed tools.

They attack training seeds of both kinds, those first that the target answers rightly. The target before the update
answers, so that what it loses is known. One finished file an attacker: a start that was cut short goes on.
"""

import random
from collections.abc import Mapping, Sequence

from sparring.attacker.attacks import gate
from sparring.attacker.changed_tools import changed_in_turns
from sparring.attacker.seeds import strong_first
from sparring.project.query_attacks import Attacker
from sparring.records import KINDS, Attack, Example, Kind, Trial
from sparring.studies.arms import rule_attacks
from tasks.judging import judge_lost
from tasks.players import answer, archive_before
from tasks.rounds import Round
from tasks.schema_trials import ask_changed
from tasks.teaching import Teaching

RULES = "rules"
TOOLS = "tools"
COMPOSED = "composed_rules"
LARGEST_SEED = 2**31


def writers(played: Round) -> list[str]:
    """Who can write beside this round's query model: earlier ones only where a round was played before."""
    return [*(["earlier"] if played.earlier else []), RULES, TOOLS]


def further_trials(teaching: Teaching, wanted: Mapping[tuple[Kind, str], int]) -> dict[str, list[Trial]]:
    """Trials by attacker.

    Args:
        teaching: The round's seeds.
        wanted: Attacks by kind and attacker; the gates may leave fewer.
    """
    played = teaching.played
    found: dict[str, list[Trial]] = {}
    for writer in writers(played):
        name = f"further_{writer}"
        counts = {kind: wanted.get((kind, writer), 0) for kind in KINDS}
        if not played.bench.done(played.bench.file(name)):
            played.bench.write(name, _played(teaching, writer, counts) if any(counts.values()) else [])
        found[writer] = played.bench.rows(name, Trial)
    return found


def _played(teaching: Teaching, writer: str, counts: Mapping[Kind, int]) -> list[Trial]:
    """One attacker's trials."""
    played, seeds = teaching.played, list(teaching.seeds.values())
    if writer == TOOLS:
        pairs = [pair for kind, count in counts.items() for pair in _changed(teaching, kind, count)]
        return ask_changed(played, teaching.opponent, pairs)
    attacks = [
        attack
        for kind, count in counts.items()
        if count
        for attack in (_by_rules if writer == RULES else _by_earlier)(played, _ordered(teaching, kind), count)
    ]
    untouched = played.bench.rows("pool", Trial)
    trials = answer(
        played.project, teaching.opponent, gate(played.project.gatekeeper, attacks, seeds), seeds, untouched
    )
    return judge_lost(played, trials, seeds)


def _by_rules(played: Round, seeds: Sequence[Example], count: int) -> list[Attack]:
    """Programs drawn at random, others in every round."""
    each = -(-count // len(seeds))
    without = played.project.params.sft.without
    written = rule_attacks(COMPOSED, seeds[:count], each, RULES, _number(played, RULES), without)
    return [_named(played, attack) for attack in written[:count]]


def _by_earlier(played: Round, seeds: Sequence[Example], count: int) -> list[Attack]:
    """The query models of the rounds before, in turns over the seeds; each is shown what won until now."""
    changed = played.project.changed(seed=_number(played, "earlier"))
    attacks: list[Attack] = []
    for number, paths in enumerate(played.earlier):
        own = seeds[:count][number :: len(played.earlier)]
        writer = Attacker(changed, paths.query_adapter, paths.round, archive_before(played))
        attacks += writer.write(own, -(-count // len(seeds))) if own else []
    return [_named(played, attack) for attack in attacks[:count]]


def _changed(teaching: Teaching, kind: Kind, count: int) -> list[tuple[Attack, Example]]:
    """Seeds with other tools, the operators in turns."""
    number = _number(teaching.played, TOOLS)
    return changed_in_turns(teaching.played.name, number, _ordered(teaching, kind), teaching.tools, count)


def _ordered(teaching: Teaching, kind: Kind) -> list[Example]:
    """Seeds of a kind: those that the target answers rightly first, the others behind them in random order."""
    seeds = [seed for seed in teaching.seeds.values() if seed.kind == kind]
    strong = [seed for seed in teaching.passing if seed.kind == kind]
    return strong_first(strong, seeds, _number(teaching.played, f"{kind}-seeds"))


def _named(played: Round, attack: Attack) -> Attack:
    """The attack under an id of this round's: an earlier model may have written one of the same seed in its own."""
    return attack.model_copy(update={"id": f"{played.name}:further:{attack.id}"})


def _number(played: Round, name: str) -> int:
    """A random seed of this round's own."""
    return random.Random(f"{played.project.params.seed}-{played.name}-further-{name}").randrange(LARGEST_SEED)
