"""Intervals and tests, from scipy's distributions: the only place where a rate becomes a claim.

A rate over nothing has no value and no interval; it is never 0. Three formulas stand here that statsmodels has too:
with pandas it takes 150 MB, which who only audits does without. Tests hold them to its bits.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
from scipy.stats import binom, norm, permutation_test
from scipy.stats import t as student

from sparring.records import Rate

CONFIDENCE = 0.95
NUM_DRAWS = 9_999
Key = TypeVar("Key")
Counts = Mapping[str, tuple[int, int]]  # by cluster (successes, rows)
MIN_FREEDOM = 0.5  # where one cluster holds nearly all rows: the interval is nearly all of [0, 1]


def rate(count: int, total: int) -> Rate:
    """A share with its Wilson score interval (Wilson, 1927).

    Raises:
        ValueError: count is negative or above total.
    """
    if not 0 <= count <= total:
        raise ValueError(f"count {count} is not between 0 and {total}")
    if total == 0:
        return Rate(count=0, total=0, value=None, low=None, high=None)
    low, high = wilson(count / total, total)
    return Rate(count=count, total=total, value=count / total, low=low, high=high)


def wilson(share: float, total: float) -> tuple[float, float]:
    """Wilson's score interval of a share of so many rows, which need not be a whole number."""
    critical = norm.isf((1 - CONFIDENCE) / 2)
    widened = 1 + critical**2 / total
    middle = (share + critical**2 / (2 * total)) / widened
    reach = critical * np.sqrt(share * (1.0 - share) / total + critical**2 / (4.0 * total**2)) / widened
    return float(np.clip(middle - reach, 0, 1)), float(np.clip(middle + reach, 0, 1))


def clustered_rate(counts: Mapping[str, tuple[int, int]]) -> Rate:
    """A share over rows that come in clusters (attacks on one seed are alike), with an interval that knows it.

    Wilson's score interval at the effective sample size: rows divided by the design effect, the ratio of the variance
    between clusters to the binomial one (Korn and Graubard, 1998; Dean and Pagano, 2015). The variance is the
    jackknife's over clusters, and its degrees of freedom come from the effective number of clusters (Carter, Schnepel
    and Steigerwald, 2017): a few large clusters among small ones would else give intervals far too narrow.

    Args:
        counts: Per cluster (successes, rows).

    Returns:
        Counts of rows, value, low and high. At a share of 0 or 1, and over a single cluster, how far clusters differ
        cannot be seen: there every effective cluster counts as one row.

    Raises:
        ValueError: A count is negative or above its total.
    """
    used = [counts[name] for name in sorted(counts) if counts[name][1]]
    table = np.array(used, dtype=np.float64).reshape(-1, 2)  # (clusters, 2)
    if (table < 0).any() or (table[:, 0] > table[:, 1]).any():
        raise ValueError("a count is not between 0 and its total")
    if not used:
        return rate(0, 0)
    count, total = (float(column) for column in table.sum(axis=0))
    share, clusters = count / total, total**2 / float((table[:, 1] ** 2).sum())
    effective = clusters
    if len(used) > 1 and 0.0 < share < 1.0:
        without = (count - table[:, 0]) / (total - table[:, 1])  # the share when one cluster is left out
        variance = (len(used) - 1) / len(used) * float(((without - share) ** 2).sum())
        effective = min(share * (1 - share) / variance, total) if variance > 0.0 else total
        freedom = max(clusters - 1, MIN_FREEDOM)
        effective *= (norm.ppf(0.5 + CONFIDENCE / 2) / student.ppf(0.5 + CONFIDENCE / 2, freedom)) ** 2
    low, high = wilson(share * effective / effective, effective)  # as a count over a total: the same bits
    return Rate(count=int(count), total=int(total), value=share, low=low, high=high)


def paired_by_cluster(
    ours: Mapping[str, tuple[int, int]], theirs: Mapping[str, tuple[int, int]], seed: int
) -> tuple[float, float, float, float]:
    """Mean over common clusters of the difference of two shares, with a bootstrap interval and a permutation test.

    Args:
        ours: Per cluster (successes, rows).
        theirs: The same of whom it is compared with.
        seed: Decides the draws.

    Returns:
        (difference, low, high, p): two-sided p of the test that flips the sign of each cluster's difference.

    Raises:
        ValueError: Fewer than two clusters have rows on both sides.
    """
    common = sorted(name for name in ours if ours[name][1] and theirs.get(name, (0, 0))[1])
    if len(common) < 2:
        raise ValueError("fewer than two clusters in common: no difference can be tested")
    pairs = ((ours[name], theirs[name]) for name in common)
    differences = np.array([a / n - b / m for (a, n), (b, m) in pairs])  # (clusters,)
    draws = np.random.default_rng(seed).integers(0, len(common), size=(NUM_DRAWS, len(common)))
    low, high = np.quantile(differences[draws].mean(axis=1), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    if not differences.any():
        return 0.0, 0.0, 0.0, 1.0
    tested = permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=NUM_DRAWS, rng=np.random.default_rng(seed)
    )
    return float(differences.mean()), float(low), float(high), float(tested.pvalue)


def paired_p_value(before: Sequence[bool], after: Sequence[bool], clusters: Sequence[str]) -> float:
    """Exact two-sided test of two models on the same rows, in [0, 1]; rows of one cluster (a seed) change together.

    Were both models alike, what a cluster gains in all would be as likely lost. Where no cluster gains or loses more
    than one row this is McNemar's exact test; else the sum's distribution over all signs is counted out.

    Raises:
        ValueError: The lists differ in length.
    """
    if not len(before) == len(after) == len(clusters):
        raise ValueError(f"{len(before)} rows before, {len(after)} after, {len(clusters)} clusters: not paired")
    gains: dict[str, int] = defaultdict(int)
    for b, a, cluster in zip(before, after, clusters, strict=True):
        gains[cluster] += int(a) - int(b)
    moved = [gain for gain in gains.values() if gain]
    if all(abs(gain) == 1 for gain in moved):
        won = moved.count(1)
        return mcnemar(won, len(moved) - won)
    reach = sum(map(abs, moved))
    chances = np.zeros(2 * reach + 1)  # of each sum from -reach to reach
    chances[reach] = 1.0
    for gain in moved:
        chances = (np.roll(chances, gain) + np.roll(chances, -gain)) / 2
    as_far = np.abs(np.arange(-reach, reach + 1)) >= abs(sum(moved))
    return min(1.0, float(chances[as_far].sum()))


def mcnemar(won: int, lost: int) -> float:
    """McNemar's exact two-sided test of rows that changed, in [0, 1]: 1 where none did."""
    return 1.0 if won == lost else min(1.0, float(binom.cdf(min(won, lost), won + lost, 0.5) * 2))


def holm(p_values: Mapping[Key, float]) -> dict[Key, float]:
    """The p-values corrected for being many (Holm, 1979), by the same names; none of none."""
    if not p_values:
        return {}
    found = np.array(list(p_values.values()))
    order = np.argsort(found)
    corrected = np.empty_like(found)
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(found[order] * np.arange(len(found), 0, -1)))
    return dict(zip(p_values, map(float, corrected), strict=True))


def minimum_detectable_effect(base_rate: float, total: float, power: float = 0.8) -> float:
    """Smallest difference of two independent rates of `total` rows each that a 5 % test finds with this power.

    The usual normal approximation at the base rate; for paired rows it is an upper bound. Rows in clusters count as
    rows over their design effect.

    Raises:
        ValueError: No rows, or a base rate outside [0, 1].
    """
    if total < 1 or not 0.0 <= base_rate <= 1.0:
        raise ValueError(f"a base rate in [0, 1] and at least one row are needed, not {base_rate} and {total}")
    spread = max(base_rate * (1 - base_rate), 1 / total)
    return float((norm.ppf(0.5 + CONFIDENCE / 2) + norm.ppf(power)) * np.sqrt(2 * spread / total))
