"""Intervals and tests, from statsmodels and scipy: the only place where a rate becomes a claim.

A rate over nothing has no value and no interval; it is never 0.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from scipy.stats import norm
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from sparring.records import Rate

CONFIDENCE = 0.95


def rate(count: int, total: int) -> Rate:
    """A share with its Wilson score interval (Wilson, 1927).

    Raises:
        ValueError: count is negative or above total.
    """
    if not 0 <= count <= total:
        raise ValueError(f"count {count} is not between 0 and {total}")
    if total == 0:
        return Rate(count=0, total=0, value=None, low=None, high=None)
    low, high = proportion_confint(count, total, alpha=1 - CONFIDENCE, method="wilson")
    return Rate(count=count, total=total, value=count / total, low=float(low), high=float(high))


def paired_p_value(before: Sequence[bool], after: Sequence[bool]) -> float:
    """Exact two-sided McNemar test of two models on the same rows, in [0, 1].

    Raises:
        ValueError: The two lists differ in length.
    """
    if len(before) != len(after):
        raise ValueError(f"{len(before)} rows before, {len(after)} after: not paired")
    lost = sum(b and not a for b, a in zip(before, after, strict=True))
    won = sum(a and not b for b, a in zip(before, after, strict=True))
    return float(mcnemar([[0, lost], [won, 0]], exact=True).pvalue) if lost + won else 1.0


def paired_difference(
    before: Sequence[bool], after: Sequence[bool], clusters: Sequence[str], seed: int, num_draws: int = 2000
) -> tuple[float, float, float]:
    """Mean of after minus before with a percentile bootstrap interval that draws whole clusters (rows of one tool).

    Returns:
        (difference, low, high), shares in [-1, 1].

    Raises:
        ValueError: Lengths differ, or there is no row.
    """
    if not len(before) == len(after) == len(clusters):
        raise ValueError("before, after and clusters must have one entry a row")
    if not before:
        raise ValueError("no rows: the difference is undefined")
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for b, a, cluster in zip(before, after, clusters, strict=True):
        sums[cluster][0] += int(a) - int(b)
        sums[cluster][1] += 1
    table = np.array([sums[cluster] for cluster in sorted(sums)], dtype=np.float64)  # (clusters, 2)
    draws = np.random.default_rng(seed).integers(0, len(table), size=(num_draws, len(table)))
    totals = table[draws].sum(axis=1)  # (draws, 2)
    low, high = np.quantile(totals[:, 0] / totals[:, 1], [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    whole = table.sum(axis=0)
    return float(whole[0] / whole[1]), float(low), float(high)


def minimum_detectable_effect(base_rate: float, total: int, power: float = 0.8) -> float:
    """Smallest difference of two independent rates of `total` rows each that a 5 % test finds with this power.

    The usual normal approximation at the base rate; for paired rows it is an upper bound.

    Raises:
        ValueError: No rows, or a base rate outside [0, 1].
    """
    if total < 1 or not 0.0 <= base_rate <= 1.0:
        raise ValueError(f"a base rate in [0, 1] and at least one row are needed, not {base_rate} and {total}")
    spread = max(base_rate * (1 - base_rate), 1 / total)
    return float((norm.ppf(0.5 + CONFIDENCE / 2) + norm.ppf(power)) * np.sqrt(2 * spread / total))
