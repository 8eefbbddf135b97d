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
)
from sparring.tables import KIND_WORDS, breadth_text, difference_text, rate_text, table_text

RULES = ("single_rules", "composed_rules")
MAX_COMPOSED = 4
MAX_DRAWS = 20  # programs drawn for one attack, until one says something new


class ArmResult(Record):
    """What one attacker reached.

    Attributes:
        arm: Its name.
        valid: Share of its attacks that pass the gates, by seed.
        success: Share of its valid attacks that win, by seed.
        by_kind: The same of seeds of each kind; empty where kinds were not told apart.
        broken: Share of the seeds that it broke at least once.
        behind: Success of the arm of interest minus this arm's: mean over seeds, low, high; None for that arm itself.
        p_value: Of that difference, sign-flip permutation by seed, Holm-corrected over the arms.
        breadth: In how many ways its attacks won; None where the seeds were not given.
        operators: Success over valid attacks by operator that changed something; empty where the seeds were not given.
    """

    arm: str
    valid: Rate
    success: Rate
    by_kind: dict[Kind, Rate] = Field(default_factory=dict)
    broken: Rate
    behind: tuple[float, float, float] | None
    p_value: float | None
    breadth: Breadth | None = None
    operators: dict[str, Rate]


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
            broken=seeds_broken(trials),
            behind=tested[arm][:3] if arm in tested else None,
            p_value=corrected.get(arm),
            breadth=None if examples is None else breadth(trials, examples),
            operators={} if examples is None else _operators(trials, examples),
        )
        for arm, trials in arms.items()
    ]


def _operators(trials: Sequence[Trial], examples: Mapping[str, Example]) -> dict[str, Rate]:
    return {name: found["success"] for name, found in by_operator(trials, examples).items()}


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
