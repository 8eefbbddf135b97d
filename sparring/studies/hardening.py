"""Hardening arms: does training on learnt attacks help the target more than training on other rows?

All arms start from one target and train on the same number of rows for the same number of steps; what differs is where
the attacks among the rows come from, and in two ablations what guards them or stands beside them. Rows of one tool and
attacks on one seed are alike: every interval is by cluster.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress

from pydantic import Field
from rich.table import Table

from sparring.records import Example, Kind, Rate, Record, Trial
from sparring.statistics import clustered_rate, holm, minimum_detectable_effect, paired_by_cluster
from sparring.studies.metrics import attack_success, of_kinds
from sparring.tables import KIND_WORDS, difference_text, rate_text, table_text

BASE, CLEAN = "base", "clean_sft"
NO_GATES, NO_REPLAY = "rl_no_gates", "rl_no_replay"
ARMS = (BASE, CLEAN, "single_rules", "composed_rules", "untrained", "expert_iteration", "rl")
ABLATIONS = (NO_GATES, NO_REPLAY)  # of the first random seed alone
OF_INTEREST = "rl"
ACCURACIES = {
    "clean": "accuracy, held-out rows with a call",
    "no_call": "accuracy, held-out rows that want no call",
    "ood": "accuracy, out of distribution (live)",
}
SUCCESSES = {
    "met": "success of the attacker that the rl arm met",
    "fresh_rules": "success of composed rules, drawn anew",
    "fresh_rl": "success of a query model trained from another seed",
}
MEASURES = ACCURACIES | SUCCESSES
Counts = dict[str, tuple[int, int]]


class HardeningResult(Record):
    """One measure of one arm.

    Attributes:
        arm: Where the attacks among its training rows came from.
        measure: A name in MEASURES.
        rate: Accuracy or attack success, with an interval by cluster.
        by_kind: Of attack success, the same on seeds of each kind.
        behind: The arm of interest minus this arm: mean over clusters, low, high; None for that arm itself.
        p_value: Of that difference, sign-flip permutation by cluster, Holm-corrected over all arms and measures.
    """

    arm: str
    measure: str
    rate: Rate
    by_kind: dict[Kind, Rate] = Field(default_factory=dict)
    behind: tuple[float, float, float] | None
    p_value: float | None


def compare_hardened(
    played: Mapping[str, Mapping[str, Sequence[Trial]]], examples: Mapping[str, Example], seed: int
) -> list[HardeningResult]:
    """Every measure of every arm, each beside the arm of interest's.

    Args:
        played: Trials by arm and measure, of all random seeds together.
        examples: Held-out rows by id.
        seed: Decides bootstrap and permutation draws.

    Arms with fewer than two clusters in common are shown without a difference.
    """
    asked = {
        (arm, measure): sum(trial.valid for trial in trials)
        for arm, measures in played.items()
        for measure, trials in measures.items()
    }
    counted = {
        (arm, measure): _counts(measure, trials, examples)
        for arm, measures in played.items()
        for measure, trials in measures.items()
    }
    pairs = [key for key in counted if key[0] != OF_INTEREST and (OF_INTEREST, key[1]) in counted]
    tested: dict[tuple[str, str], tuple[float, float, float, float]] = {}
    for key in pairs:
        with suppress(ValueError):  # nothing in common to compare: no difference is shown
            tested[key] = paired_by_cluster(counted[OF_INTEREST, key[1]], counted[key], seed)
    corrected = holm({key: found[3] for key, found in tested.items()})
    return [
        HardeningResult(
            arm=arm,
            measure=measure,
            rate=clustered_rate(counts).of_asked(asked[arm, measure]),
            by_kind=of_kinds(attack_success, played[arm][measure], examples) if measure in SUCCESSES else {},
            behind=tested[arm, measure][:3] if (arm, measure) in tested else None,
            p_value=corrected.get((arm, measure)),
        )
        for (arm, measure), counts in counted.items()
    ]


def _counts(measure: str, trials: Sequence[Trial], examples: Mapping[str, Example]) -> Counts:
    """By cluster (right answers, or won attacks; rows that count)."""
    found: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for trial in trials:
        right = trial.first_right
        if not trial.valid or right is None:
            continue
        example_id = trial.attack.example_id
        cluster = example_id if measure in SUCCESSES else examples[example_id].tool_cluster
        hit = not right if measure in SUCCESSES else right
        count, total = found[cluster]
        found[cluster] = (count + hit, total + 1)
    return dict(found)


def power_text(rows: Mapping[str, int]) -> str:
    """The smallest difference that each measure can show, said before anything runs.

    Args:
        rows: Rows of one arm by measure, all random seeds together; taken as independent, so the truth is larger.
    """
    lines = ["smallest difference found with power .8, were all rows independent:"]
    for measure, count in rows.items():
        base = 0.2 if measure in SUCCESSES else 0.5
        found = (
            f"{minimum_detectable_effect(base, count):.3f} ({count} rows)" if count else "nothing, there are no rows"
        )
        lines.append(f"  {MEASURES[measure]}: {found}")
    return "\n".join(lines)


def hardening_table(results: Sequence[HardeningResult]) -> str:
    """The results as text, a block a measure."""
    table = Table(title=f"hardening: {OF_INTEREST} beside the other arms", show_lines=False)
    for column in ("measure", "arm", "rate (95 % by cluster, rows)", f"{OF_INTEREST} minus arm", "p (Holm)"):
        table.add_column(column)
    for measure, label in MEASURES.items():
        for place, found in enumerate(each for each in results if each.measure == measure):
            behind = "" if found.behind is None else difference_text(*found.behind)
            p_value = "" if found.p_value is None else f"{found.p_value:.3f}"
            table.add_row(label if place == 0 else "", found.arm, rate_text(found.rate), behind, p_value)
            for kind, rate in found.by_kind.items():
                if rate.total:
                    table.add_row("", f"  {KIND_WORDS[kind]}", rate_text(rate), "", "")
        table.add_section()
    return table_text(table, 140)
