"""Control arms: attackers that the RL query model must beat, and the table that says whether it does.

All arms attack the same held-out seeds of the same frozen target, the same number of times each, through the same
gates. Attacks on one seed are alike, so every interval and test is by seed.
"""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress

from rich.table import Table
from statsmodels.stats.multitest import multipletests

from sparring.attacker.grammar import NAMES
from sparring.attacker.program import Program, Step, random_program
from sparring.records import Rate, Record, Trial
from sparring.statistics import clustered_rate, paired_by_cluster
from sparring.studies.metrics import by_operator, seeds_broken
from sparring.tables import difference_text, rate_text, table_text

RULES = ("single_rules", "composed_rules")
MAX_COMPOSED = 4
BySeed = dict[str, tuple[int, int]]


class ArmResult(Record):
    """What one attacker reached.

    Attributes:
        arm: Its name.
        valid: Share of its attacks that pass the gates, by seed.
        success: Share of its valid attacks that win, by seed.
        broken: Share of the seeds that it broke at least once.
        behind: Success of the arm of interest minus this arm's: mean over seeds, low, high; None for that arm itself.
        p_value: Of that difference, sign-flip permutation by seed, Holm-corrected over the arms.
        operators: Success over valid attacks by operator of the program.
    """

    arm: str
    valid: Rate
    success: Rate
    broken: Rate
    behind: tuple[float, float, float] | None
    p_value: float | None
    operators: dict[str, Rate]


def rule_program(arm: str, rng: random.Random) -> Program:
    """The program of a rule arm: one operator, or two to four; drawn evenly.

    Raises:
        ValueError: The arm is none of the rules.
    """
    if arm == "single_rules":
        return (Step(rng.choice(NAMES)),)
    if arm == "composed_rules":
        return random_program(rng, rng.randint(2, MAX_COMPOSED))
    raise ValueError(f"unknown rule arm {arm!r}; allowed: {', '.join(RULES)}")


def compare_arms(arms: Mapping[str, Sequence[Trial]], of_interest: str, seed: int) -> list[ArmResult]:
    """The results of all arms, each compared with the one of interest where they have two seeds in common.

    Args:
        arms: Trials by arm.
        of_interest: Name of the arm that shall beat the others.
        seed: Decides bootstrap and permutation draws.

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
    corrected: dict[str, float] = {}
    if tested:
        holm = multipletests([found[3] for found in tested.values()], method="holm")[1]
        corrected = dict(zip(tested, map(float, holm), strict=True))
    return [
        ArmResult(
            arm=arm,
            valid=clustered_rate(_valid_by_seed(trials)),
            success=clustered_rate(successes[arm]).of_asked(sum(trial.valid for trial in trials)),
            broken=seeds_broken(trials),
            behind=tested[arm][:3] if arm in tested else None,
            p_value=corrected.get(arm),
            operators={name: found["success"] for name, found in by_operator(trials).items()},
        )
        for arm, trials in arms.items()
    ]


def arms_table(results: Sequence[ArmResult], of_interest: str, title: str) -> str:
    """The results as text."""
    table = Table(title=title)
    for column in ("arm", "valid", "success of valid attacks", "seeds broken", f"{of_interest} minus arm", "p (Holm)"):
        table.add_column(column)
    for found in results:
        behind = "" if found.behind is None else difference_text(*found.behind)
        p_value = "" if found.p_value is None else f"{found.p_value:.3f}"
        table.add_row(found.arm, *map(rate_text, (found.valid, found.success, found.broken)), behind, p_value)
    return table_text(table, 120)


def success_by_seed(trials: Sequence[Trial]) -> BySeed:
    """Per seed (won, valid and scored); a seed whose every attack was rejected has (0, 0)."""
    return _by_seed([(trial, trial.valid and bool(trial.scored), trial.success) for trial in trials])


def _valid_by_seed(trials: Sequence[Trial]) -> BySeed:
    """Per seed (valid, attacks)."""
    return _by_seed([(trial, True, trial.valid) for trial in trials])


def _by_seed(judged: Sequence[tuple[Trial, bool, bool]]) -> BySeed:
    found: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for trial, counts, holds in judged:
        won, total = found[trial.attack.example_id]
        found[trial.attack.example_id] = (won + (counts and holds), total + counts)
    return dict(found)
