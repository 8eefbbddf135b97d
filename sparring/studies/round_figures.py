"""What a round amounts to, from the rows of its files: counts, shares, comparisons, curves. Nothing is read here.

A figure is one line here, under the name that docs/design.md, "Metrics" explains.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sparring.attacker.schema_attacks import PREFIX
from sparring.records import UNJUDGED, Breadth, Comparison, Example, Rate, SFTExample, Trial
from sparring.studies import metrics
from sparring.studies.promotion import comparisons

Steps = Sequence[Mapping[str, float]]  # what RL logged, a step each


@dataclass(frozen=True)
class Attacked:
    """What a round has only where another came before it.

    Attributes:
        trials: Attacks on training seeds, against the champion before.
        clean_before: What that champion answered to the untouched held-out rows.
        heldout_before: The held-out attacks against it.
        sft: The training set.
        num_mistakes: Attacks in the mistake book.
        pool: Seeds of the pool, counted by what became of them.
    """

    trials: Sequence[Trial]
    clean_before: Sequence[Trial]
    heldout_before: Sequence[Trial]
    sft: Sequence[SFTExample]
    num_mistakes: int
    pool: Mapping[str, int]


@dataclass(frozen=True)
class RoundRows:
    """The rows of a round.

    Attributes:
        seeds: Everything that the round may attack, by id.
        clean: The new target on untouched held-out rows.
        heldout: The held-out attacks against it.
        schema: Trials under changed tools, by the name of their share.
        steps: What RL logged; nothing where there was none.
        attacked: None for the baseline.
    """

    seeds: Mapping[str, Example]
    clean: Sequence[Trial]
    heldout: Sequence[Trial]
    schema: Mapping[str, Sequence[Trial]]
    steps: Steps
    attacked: Attacked | None

    @property
    def judged(self) -> Sequence[Trial]:
        """The round's own attacks: on training seeds, and in the baseline on held-out ones."""
        return self.heldout if self.attacked is None else self.attacked.trials or self.heldout


def round_rates(rows: RoundRows) -> dict[str, Rate]:
    """All shares of a round."""
    return _rates(rows) | _rates_beside_the_champion(rows) | _schema_rates(rows)


def _rates(rows: RoundRows) -> dict[str, Rate]:
    clean, heldout, seeds = rows.clean, rows.heldout, rows.seeds
    return {
        "clean_accuracy": metrics.accuracy(_with_a_call(clean, seeds)),
        "no_call_accuracy": metrics.accuracy(_without_one(clean, seeds)),
        "unparseable": metrics.unparseable(clean),
        **metrics.apart("heldout_success", metrics.attack_success, heldout, seeds),
        **metrics.apart("heldout_valid", metrics.valid_fraction, heldout, seeds),
        **metrics.apart("heldout_seeds_broken", metrics.seeds_broken, heldout, seeds),
    }


def _rates_beside_the_champion(rows: RoundRows) -> dict[str, Rate]:
    """Of the training attacks, and of the target before on the same rows."""
    if rows.attacked is None:
        return {}
    of, seeds = rows.attacked, rows.seeds
    return {
        **metrics.apart("attack_success", metrics.attack_success, of.trials, seeds),
        **metrics.apart("valid_fraction", metrics.valid_fraction, of.trials, seeds),
        **metrics.apart("seeds_broken", metrics.seeds_broken, of.trials, seeds),
        **metrics.apart("heldout_success_before", metrics.attack_success, of.heldout_before, seeds),
        "clean_accuracy_before": metrics.accuracy(_with_a_call(of.clean_before, seeds)),
        "no_call_accuracy_before": metrics.accuracy(_without_one(of.clean_before, seeds)),
    }


def _schema_rates(rows: RoundRows) -> dict[str, Rate]:
    """Success of the schema attacks, by kind and by operator."""
    found: dict[str, Rate] = {}
    for label, trials in rows.schema.items():
        found |= metrics.apart(label, metrics.attack_success, trials, rows.seeds)
        for operator, measured in metrics.by_operator(trials, rows.seeds).items():
            found[f"{label}/{operator.removeprefix(PREFIX)}"] = measured["success"]
    return found


def _with_a_call(trials: Sequence[Trial], seeds: Mapping[str, Example]) -> list[Trial]:
    return [trial for trial in trials if seeds[trial.attack.example_id].gold]


def _without_one(trials: Sequence[Trial], seeds: Mapping[str, Example]) -> list[Trial]:
    return [trial for trial in trials if seeds[trial.attack.example_id].wants_no_call]


def round_comparisons(rows: RoundRows, margin: float) -> dict[str, Comparison]:
    """This round's target beside the champion before, on the rows that promote; nothing in the baseline."""
    if rows.attacked is None:
        return {}
    of = rows.attacked
    return comparisons((of.heldout_before, rows.heldout), (of.clean_before, rows.clean), rows.seeds, margin)


def round_counts(rows: RoundRows, with_judge: bool) -> dict[str, int]:
    """Rows by file; where a judge or readers were asked, also the attacks that they gave no answer about."""
    counts = {"heldout_attacks": len(rows.heldout)}
    asked = {f"heldout_{UNJUDGED}": rows.heldout}
    if (of := rows.attacked) is not None:
        origins = [row.origin for row in of.sft]
        counts |= {**of.pool, "attacks": len(of.trials), "successes": sum(trial.success for trial in of.trials)}
        counts |= {"mistakes": of.num_mistakes, "sft_rows": len(origins)}
        counts |= {f"sft_{origin}": origins.count(origin) for origin in sorted(set(origins))}
        asked |= {UNJUDGED: of.trials, f"heldout_before_{UNJUDGED}": of.heldout_before}
    if with_judge:
        counts |= {name: sum(trial.unjudged for trial in trials) for name, trials in asked.items()}
    return counts


def round_breadth(rows: RoundRows) -> dict[str, Breadth]:
    """In how many ways the round's attacks won: on training seeds, and on held-out ones against both targets."""
    asked = {"heldout_effective_strategies": rows.heldout}
    if (of := rows.attacked) is not None:
        asked |= {"effective_strategies": of.trials, "heldout_effective_strategies_before": of.heldout_before}
    return {
        key: found
        for name, trials in asked.items()
        for key, found in metrics.breadth_apart(name, trials, rows.seeds).items()
    }


def reward_trend(steps: Steps) -> dict[str, float]:
    """Means of reward and valid fraction over the first and the last quarter of the RL steps."""
    length = max(1, len(steps) // 4)
    return {
        f"{name}_{part}_quarter": sum(entry[name] for entry in chosen) / len(chosen)
        for name in ("total", "valid")
        for part, quarter in (("first", steps[:length]), ("last", steps[-length:]))
        if (chosen := [entry for entry in quarter if name in entry])  # a step may have had nothing to score
    }


def curves(steps: Steps) -> dict[str, list[float | None]]:
    """Each logged measure by step; None at a step that had nothing to measure."""
    names = sorted({name for step in steps for name in step})
    return {
        name: [value if math.isfinite(value := step.get(name, math.nan)) else None for step in steps] for name in names
    }
