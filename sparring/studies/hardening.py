"""Hardening arms: which update makes a target harder to break, and no worse elsewhere?

All arms start from one target and differ in what their training rows are, how many they are, and how they are learnt;
each stands once as it was trained and once with its dials set. Every arm with attacks has a control that learns as many
untouched rows. Rows of one tool and attacks on one seed are alike: every interval is by cluster.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from pydantic import Field
from rich.table import Table

from sparring.records import KINDS, Example, Kind, Rate, Record, Trial
from sparring.statistics import clustered_rate, holm, minimum_detectable_effect, paired_by_cluster
from sparring.studies.metrics import attack_success, of_kinds
from sparring.tables import KIND_WORDS, difference_text, rate_text, table_text

BASE = "base"
DIALLED = "+dials"  # after an arm's name: the same adapter with its dials set
ONE_WRITER = {"query": 1.0, "book": 0.0, "earlier": 0.0, "rules": 0.0, "tools": 0.0}


@dataclass(frozen=True)
class Arm:
    """A way to update the target.

    Attributes:
        sft: What it changes in the recipe's section `sft`.
        attacked: Kinds of seeds whose attacks it learns from; none for a control.
        times: Training rows, as a multiple of the recipe's.
        control: The arm that learns as many rows without attacks; None for a control.
    """

    sft: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    attacked: tuple[Kind, ...] = KINDS
    times: int = 1
    control: str | None = None


MORE = 10
ARMS = {
    "clean": Arm({"attackers": ONE_WRITER}, attacked=()),
    "one_sided": Arm({"attackers": ONE_WRITER, "answers": "gold"}, attacked=("call",), control="clean"),
    "twins": Arm({"answers": "gold"}, control="clean"),
    "own": Arm({"answers": "own"}, control="clean"),
    "clean_more": Arm({"attackers": ONE_WRITER}, attacked=(), times=MORE),
    "own_more": Arm({"answers": "own"}, times=MORE, control="clean_more"),
    "dpo_more": Arm({"answers": "own", "update": "dpo"}, times=MORE, control="clean_more"),
}
UNSEEN = ("typos", "lowercase", "uppercase", "bare", "excited", "chat")  # the operators of spelling: no arm learns them
ACCURACIES = {
    "clean": "accuracy, test rows with a call",
    "no_call": "accuracy, test and live rows that want no call",
    "live": "accuracy, live rows with a call",
}
SUCCESSES = {
    "met": "success of the query model that the arms met",
    "anew": "success of a query model trained anew against this target",
    "rules": "success of composed rules, drawn anew",
    "tools": "success of changed tools",
    "unseen": "success of operators that no arm trained on",
}
MEASURES = ACCURACIES | SUCCESSES
Counts = dict[str, tuple[int, int]]


class Difference(Record):
    """An arm's share minus another's, over the clusters that both have.

    Attributes:
        mean: Mean of the clusters' differences.
        low: Lower end of its interval.
        high: Upper end.
        p_value: Sign-flip permutation by cluster, Holm-corrected over the arms of a measure.
    """

    mean: float
    low: float
    high: float
    p_value: float


class HardeningResult(Record):
    """One measure of one arm.

    Attributes:
        arm: Its name, with DIALLED where its dials are set.
        measure: A name in MEASURES.
        rate: Accuracy or attack success, with an interval by cluster.
        by_kind: Of attack success, the same on seeds of each kind.
        won_by: Of won attacks on seeds of each kind, how many ended in which mistake.
        from_base: This arm minus the target before any update; None for that one.
        from_control: This arm minus its control, dials like dials; None where it has none.
    """

    arm: str
    measure: str
    rate: Rate
    by_kind: dict[Kind, Rate] = Field(default_factory=dict)
    won_by: dict[Kind, dict[str, int]] = Field(default_factory=dict)
    from_base: Difference | None
    from_control: Difference | None


def control_of(arm: str) -> str | None:
    """The control that an arm is compared with, in the same state of its dials; None for base and controls."""
    name, dials, _ = arm.partition(DIALLED)
    found = ARMS[name].control if name in ARMS else None
    return None if found is None else found + dials


def compare_hardened(
    played: Mapping[str, Mapping[str, Sequence[Trial]]], examples: Mapping[str, Example], seed: int
) -> list[HardeningResult]:
    """Every measure of every arm, beside the base and beside its control.

    Args:
        played: Trials by arm and measure, of all random seeds together.
        examples: Held-out rows by id.
        seed: Decides bootstrap and permutation draws.

    Arms with fewer than two clusters in common are shown without a difference.
    """
    counted = {
        (arm, measure): _counts(measure, trials, examples)
        for arm, measures in played.items()
        for measure, trials in measures.items()
    }
    from_base = _differences(counted, {arm: BASE for arm in played if arm != BASE}, seed)
    from_control = _differences(counted, {arm: other for arm in played if (other := control_of(arm)) is not None}, seed)
    return [
        HardeningResult(
            arm=arm,
            measure=measure,
            rate=clustered_rate(counts).of_asked(sum(trial.valid for trial in played[arm][measure])),
            by_kind=of_kinds(attack_success, played[arm][measure], examples) if measure in SUCCESSES else {},
            won_by=of_kinds(_mistakes, played[arm][measure], examples) if measure in SUCCESSES else {},
            from_base=from_base.get((arm, measure)),
            from_control=from_control.get((arm, measure)),
        )
        for (arm, measure), counts in counted.items()
    ]


def _mistakes(trials: Sequence[Trial]) -> dict[str, int]:
    """How many won attacks ended in which kind of mistake."""
    return dict(Counter(str(trial.scored[0].failure) for trial in trials if trial.success))


def _differences(
    counted: Mapping[tuple[str, str], Counts], others: Mapping[str, str], seed: int
) -> dict[tuple[str, str], Difference]:
    """By arm and measure the difference from another arm; p-values corrected over the arms of a measure."""
    found: dict[tuple[str, str], Difference] = {}
    for measure in MEASURES:
        tested: dict[str, tuple[float, float, float, float]] = {}
        for arm, other in others.items():
            if (arm, measure) in counted and (other, measure) in counted:
                with suppress(ValueError):  # nothing in common to compare: no difference is shown
                    tested[arm] = paired_by_cluster(counted[arm, measure], counted[other, measure], seed)
        corrected = holm({arm: four[3] for arm, four in tested.items()})
        for arm, (mean, low, high, _) in tested.items():
            found[arm, measure] = Difference(mean=mean, low=low, high=high, p_value=corrected[arm])
    return found


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
    table = Table(title="hardening: each arm beside the target before, and beside as many untouched rows")
    for column in ("measure", "arm", "rate (95 % by cluster, rows)", "minus base", "p", "minus control", "p"):
        table.add_column(column)
    for measure, label in MEASURES.items():
        for place, found in enumerate(each for each in results if each.measure == measure):
            cells = [cell for other in (found.from_base, found.from_control) for cell in _cells(other)]
            table.add_row(label if place == 0 else "", found.arm, rate_text(found.rate), *cells)
            for kind, rate in found.by_kind.items():
                if rate.total:
                    table.add_row("", f"  {KIND_WORDS[kind]}", rate_text(rate), *[""] * len(cells))
        table.add_section()
    return table_text(table, 170)


def _cells(found: Difference | None) -> tuple[str, str]:
    if found is None:
        return "", ""
    return difference_text(found.mean, found.low, found.high), f"{found.p_value:.3f}"
