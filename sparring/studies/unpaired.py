"""Two shares over rows that have nothing to do with each other: attacks of two experiments.

What is dealt out and counted are clusters (all attacks on one seed), since attacks on one seed are alike. Where every
row stands alone the numbers are the textbook's, Newcombe's and Fisher's.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import fisher_exact

from sparring.records import Rate
from sparring.statistics import NUM_DRAWS, Counts, clustered_rate, rate


def side_rate(counts: Counts) -> Rate:
    """The share with its interval: by cluster, or Wilson's plain one where every row stands alone."""
    if not stands_alone(counts):
        return clustered_rate(counts)
    return rate(sum(count for count, _ in counts.values()), sum(rows for _, rows in counts.values()))


def stands_alone(counts: Counts) -> bool:
    """Whether no cluster has more than one row."""
    return all(rows <= 1 for _, rows in counts.values())


def unpaired_difference(before: Counts, after: Counts, seed: int) -> tuple[float, float, float, float]:
    """The second share minus the first.

    The interval squares and adds the distances to the limits of both shares (Newcombe, 1998; with clustered limits Zou
    and Donner, 2008). The test deals the clusters out anew and looks at the difference over its standard error, which
    holds where the sides differ in size and spread (Janssen, 1997); Fisher's exact one where every row stands alone.

    Args:
        before: Per cluster (successes, rows).
        after: The same of the other side.
        seed: Decides the draws.

    Returns:
        (difference, low, high, p), p being two-sided.

    Raises:
        ValueError: A side has no row.
    """
    was, now = side_rate(before), side_rate(after)
    (old, old_low, old_high), (new, new_low, new_high) = _limits(was), _limits(now)
    low = new - old - float(np.hypot(new - new_low, old_high - old))
    high = new - old + float(np.hypot(new_high - new, old - old_low))
    if stands_alone(before) and stands_alone(after):
        table = [[now.count, now.total - now.count], [was.count, was.total - was.count]]
        return new - old, low, high, float(fisher_exact(table)[1])
    return new - old, low, high, _dealt_out(_table(before), _table(after), seed)


def _limits(found: Rate) -> tuple[float, float, float]:
    if found.value is None or found.low is None or found.high is None:
        raise ValueError("a side has no rows: the difference is undefined")
    return found.value, found.low, found.high


def _table(counts: Counts) -> NDArray[np.float64]:
    """(successes, rows) of each cluster that has any."""
    return np.array([counts[name] for name in sorted(counts) if counts[name][1]], dtype=np.float64)


def _dealt_out(first: NDArray[np.float64], second: NDArray[np.float64], seed: int) -> float:
    """Two-sided p of the permutation test on two tables of clusters."""
    table = np.concatenate([first, second])  # (clusters, 2)
    orders = np.tile(np.arange(len(table)), (NUM_DRAWS + 1, 1))
    np.random.default_rng(seed).permuted(orders[1:], axis=1, out=orders[1:])  # the first is what was seen
    sides = [table[orders[:, : len(first)]], table[orders[:, len(first) :]]]  # (draws, clusters of the side, 2)
    shares, variances = zip(*map(_share_and_variance, sides), strict=True)
    moved, error = shares[1] - shares[0], np.sqrt(variances[0] + variances[1])
    far = np.abs(np.divide(moved, error, out=np.where(moved == 0.0, 0.0, np.inf), where=error > 0.0))
    return float((far >= far[0] - 1e-9).mean())


def _share_and_variance(side: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Per draw the share over all rows, and its variance between clusters."""
    counts, sizes = side[:, :, 0], side[:, :, 1]
    totals, number = sizes.sum(axis=1), side.shape[1]
    shares = counts.sum(axis=1) / totals
    residuals = counts - shares[:, None] * sizes
    return shares, number / max(number - 1, 1) * (residuals**2).sum(axis=1) / totals**2
