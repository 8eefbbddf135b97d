"""Control arms: attackers that the RL query model must beat, and the table that says whether it does.

All arms attack the same held-out seeds of the same frozen target, the same number of times each, through the same
gates. Attacks on one seed are alike, so every interval and test is by seed.
"""

import random
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress

from pydantic import Field
from rich.table import Table

from sparring.attacker.program import Program, Step, play, random_program, render_program
from sparring.attacker.schema_attacks import PREFIX
from sparring.operators import OPERATORS
from sparring.records import KINDS, Attack, Breadth, Example, Kind, Rate, Record, Trial
from sparring.statistics import clustered_rate, holm, paired_by_cluster
from sparring.studies.metrics import (
    attack_success,
    breadth,
    by_operator,
    of_kinds,
    seeds_broken,
    success_by_seed,
    valid_by_seed,
    worst_first,
)
from sparring.tables import KIND_WORDS, breadth_text, difference_text, rate_text, table_text

RULES = ("single_rules", "composed_rules")
CARRIERS = QUERY, CONVERSATION, TOOLS = "query", "conversation", "changed tools"  # what carries an attack
MAX_COMPOSED = 4
MAX_DRAWS = 20  # programs drawn for one attack, until one says something new


class ArmResult(Record):
    """What one attacker reached.

    Attributes:
        arm: Its name.
        valid: Share of its attacks that pass the gates, by seed.
        success: Share of its valid attacks that win, by seed.
        by_kind: The same of seeds of each kind; empty where kinds were not told apart.
        by_carrier: The same of the attacks that each carrier carries: a query, a conversation, changed tools.
        broken: Share of the seeds that it broke at least once.
        behind: Success of the arm of interest minus this arm's: mean over seeds, low, high; None for that arm itself.
        p_value: Of that difference, sign-flip permutation by seed, Holm-corrected over the arms.
        breadth: In how many ways its attacks won; None where the seeds were not given.
        operators: Valid share and success by operator that changed something; empty where the seeds were not given.
    """

    arm: str
    valid: Rate
    success: Rate
    by_kind: dict[Kind, Rate] = Field(default_factory=dict)
    by_carrier: dict[str, Rate] = Field(default_factory=dict)
    broken: Rate
    behind: tuple[float, float, float] | None
    p_value: float | None
    breadth: Breadth | None = None
    operators: dict[str, dict[str, Rate]]


def rule_program(arm: str, rng: random.Random, without: Collection[str] = ()) -> Program:
    """The program of a rule arm: one operator, or two to four; drawn evenly among those that are not left out.

    Raises:
        ValueError: The arm is none of the rules.
    """
    if arm == "single_rules":
        return (Step(rng.choice([name for name in OPERATORS if name not in without])),)
    if arm == "composed_rules":
        return random_program(rng, rng.randint(2, MAX_COMPOSED), without)
    raise ValueError(f"unknown rule arm {arm!r}; allowed: {', '.join(RULES)}")


def rule_attacks(
    arm: str, seeds: Sequence[Example], per_seed: int, round: str, seed: int, without: Collection[str] = ()
) -> list[Attack]:
    """Attacks by programs drawn at random, up to `per_seed` a seed; no model writes them.

    A text that says the same as its seed, or as an earlier attack on it, is no attack: another program is drawn, and
    after MAX_DRAWS there is none. The strategy names the steps that changed something.

    Args:
        arm: Which programs are drawn.
        seeds: What is attacked.
        per_seed: Attacks on each; more of them begin with the same ones.
        round: Whose attacks they are.
        seed: Decides the programs.
        without: Operators that are left out.
    """
    attacks = []
    for example in seeds:
        taken = {example.query.strip()}
        for sample in range(per_seed):
            attack = _drawn(arm, example, sample, round, seed, without, taken)
            if attack is not None:
                taken.add(attack.query.strip())
                attacks.append(attack)
    return attacks


def _drawn(
    arm: str, example: Example, sample: int, round: str, seed: int, without: Collection[str], taken: Collection[str]
) -> Attack | None:
    """The first program's attack that is not taken; None where no draw gives one."""
    name = f"{arm}:{example.id}:{sample}"
    for draw in range(MAX_DRAWS):
        key = f"{seed}-{arm}-{example.id}-{sample}" + (f"-{draw}" if draw else "")
        program = rule_program(arm, random.Random(key), without)
        query, steps, turns = play(program, example, seed + sample)
        if query.strip() not in taken:
            given = {"example_id": example.id, "query": query, "round": round, "seed": seed + sample, "turns": turns}
            return Attack(id=name, strategy=render_program(steps), **given)
    return None


def compare_arms(
    arms: Mapping[str, Sequence[Trial]], of_interest: str, seed: int, examples: Mapping[str, Example] | None = None
) -> list[ArmResult]:
    """The results of all arms, each compared with the one of interest where they have two seeds in common.

    Args:
        arms: Trials by arm.
        of_interest: Name of the arm that shall beat the others.
        seed: Decides bootstrap and permutation draws.
        examples: The seeds by id, which tell their kinds apart.

    Raises:
        ValueError: The arm of interest is missing.
    """
    if of_interest not in arms:
        raise ValueError(f"no trials of {of_interest}; there are {', '.join(arms)}")
    successes = {arm: success_by_seed(trials) for arm, trials in arms.items()}
    tested: dict[str, tuple[float, float, float, float]] = {}
    for arm in arms:
        if arm != of_interest:
            with suppress(ValueError):  # nothing in common to compare: no difference is shown
                tested[arm] = paired_by_cluster(successes[of_interest], successes[arm], seed)
    corrected = holm({key: found[3] for key, found in tested.items()})
    return [
        ArmResult(
            arm=arm,
            valid=clustered_rate(valid_by_seed(trials)),
            success=clustered_rate(successes[arm]).of_asked(sum(trial.valid for trial in trials)),
            by_kind={} if examples is None else of_kinds(attack_success, trials, examples),
            by_carrier=_by_carrier(trials),
            broken=seeds_broken(trials),
            behind=tested[arm][:3] if arm in tested else None,
            p_value=corrected.get(arm),
            breadth=None if examples is None else breadth(trials, examples),
            operators={} if examples is None else by_operator(trials, examples),
        )
        for arm, trials in arms.items()
    ]


def carrier(attack: Attack) -> str:
    """What carries an attack: changed tools, a conversation, or a query alone."""
    if attack.strategy.startswith(PREFIX):
        return TOOLS
    return CONVERSATION if attack.turns else QUERY


def _by_carrier(trials: Sequence[Trial]) -> dict[str, Rate]:
    carried = [(carrier(trial.attack), trial) for trial in trials]
    present = [name for name in CARRIERS if any(name == found for found, _ in carried)]
    return {name: attack_success([trial for found, trial in carried if found == name]) for name in present}


def arms_table(results: Sequence[ArmResult], of_interest: str, title: str) -> str:
    """The results as text."""
    table = Table(title=title)
    kinds = [kind for kind in KINDS if any(found.by_kind.get(kind) for found in results)]
    shares = ("success of valid attacks", *(f"seed {KIND_WORDS[kind]}" for kind in kinds))
    for column in (
        "arm",
        "valid",
        *shares,
        "seeds broken",
        "effective strategies",
        f"{of_interest} minus arm",
        "p (Holm)",
    ):
        table.add_column(column)
    for found in results:
        behind = "" if found.behind is None else difference_text(*found.behind)
        p_value = "" if found.p_value is None else f"{found.p_value:.3f}"
        rates = (found.valid, found.success, *(found.by_kind.get(kind) for kind in kinds), found.broken)
        table.add_row(found.arm, *map(rate_text, rates), breadth_text(found.breadth), behind, p_value)
    return table_text(table, 150 + 24 * len(kinds))


def carriers_table(results: Sequence[ArmResult]) -> str:
    """Success of each arm by what carries its attacks, as text."""
    table = Table("arm", *CARRIERS, title="success of valid attacks by what carries them")
    for found in results:
        table.add_row(found.arm, *(rate_text(found.by_carrier.get(name)) for name in CARRIERS))
    return table_text(table, 130)


def operators_table(found: ArmResult) -> str:
    """Valid share and success by operator of one arm, the surest weakness first, as text."""
    table = Table("operator", "valid", "success of valid attacks", title=f"operators of {found.arm}")
    for name, success in worst_first(found.operators):
        table.add_row(name, rate_text(found.operators[name]["valid"]), rate_text(success))
    return table_text(table, 110)
