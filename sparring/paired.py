"""Two targets on the same rows: what changed, its exact test, its interval, and what so many rows can show.

Tango's score interval (1998), not a bootstrap: where nothing changed on twenty rows, a bootstrap says that nothing can
have; the score interval says that a share of .12 may be lost. Rows that stand or fall together (the attacks on one
seed, the rows of one tool) are one cluster in the test, in the interval and in the number of rows that it would take.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm
from scipy.stats import t as student

from sparring.statistics import CONFIDENCE, MIN_FREEDOM, paired_p_value

POWER = 0.8
ONE_SIDED = 0.95  # of the bound that a loss is held against
LIKELY_DISCORDANT = 0.10  # rows on which a target and the one before it differ; .09 to .16 in a played campaign
EDGE = 1e-9
Z_BOUND, Z_TEST, Z_POWER = (float(norm.ppf(share)) for share in (ONE_SIDED, 0.5 + CONFIDENCE / 2, POWER))


@dataclass(frozen=True, eq=False)
class Paired:
    """One target before and one after on the same rows.

    Attributes:
        before: Whether the one before was right, by row.
        after: The same of the one after.
        clusters: What each row stands or falls with.
    """

    before: Sequence[bool]
    after: Sequence[bool]
    clusters: Sequence[str]

    def __post_init__(self) -> None:
        """Raises ValueError: Lengths differ, or there is no row."""
        if not len(self.before) == len(self.after) == len(self.clusters) or not self.before:
            raise ValueError(
                f"{len(self.before)} rows before, {len(self.after)} after, {len(self.clusters)} clusters: not paired"
            )

    @cached_property
    def _counts(self) -> NDArray[np.float64]:
        """By cluster rows gained, rows lost, rows: (clusters, 3)."""
        found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        for b, a, cluster in zip(self.before, self.after, self.clusters, strict=True):
            found[cluster][0] += a and not b
            found[cluster][1] += b and not a
            found[cluster][2] += 1
        return np.array([found[cluster] for cluster in sorted(found)], dtype=np.float64)

    @cached_property
    def _sums(self) -> tuple[float, float, float]:
        gained, lost, rows = self._counts.sum(axis=0)
        return float(gained), float(lost), float(rows)

    @cached_property
    def _moments(self) -> tuple[float, float, float]:
        """Sums over clusters: of the squared net gain, of net gain times rows, of squared rows."""
        gained, lost, rows = self._counts.T
        net = gained - lost
        return float((net**2).sum()), float((net * rows).sum()), float((rows**2).sum())

    @property
    def difference(self) -> float:
        """Share of right answers, after less before."""
        gained, lost, rows = self._sums
        return (gained - lost) / rows

    @cached_property
    def p_value(self) -> float:
        """Exact, two-sided, of no difference."""
        return paired_p_value(self.before, self.after, self.clusters)

    @property
    def effective_rows(self) -> float:
        """As how many rows that stand alone they tell."""
        return self._sums[2] / self._design_effect(0.0)

    def interval(self) -> tuple[float, float]:
        """Bounds of the difference, in [-1, 1]: two-sided, 95 %."""
        return self._bound(0.5 + CONFIDENCE / 2), -self._turned._bound(0.5 + CONFIDENCE / 2)

    @cached_property
    def floor(self) -> float:
        """What the difference is at least, in [-1, 1]: one-sided, 95 %."""
        return self._bound(ONE_SIDED)

    def rows_to_show_gain(self) -> int | None:
        """Rows on which a gain as found would be shown, with power .8 (Connor, 1987); None where there is no gain."""
        gain, (gained, lost, rows) = self.difference, self._sums
        if gain <= 0.0:
            return None
        discordant = (gained + lost) / rows
        needed = (Z_TEST * math.sqrt(discordant) + Z_POWER * math.sqrt(discordant - gain**2)) ** 2 / gain**2
        return self._asked(needed)

    def rows_to_hold(self, margin: float) -> int | None:
        """Rows that would show no loss beyond the margin, were the difference as found; None where that is beyond."""
        room, (gained, lost, rows) = margin + self.difference, self._sums
        if room <= 0.0:
            return None
        spread = (gained + lost + 0.5) / (rows + 1) - self.difference**2
        return self._asked(rows_for_margin(min(room, 1.0), max(spread, 0.0)))

    def _asked(self, independent: float) -> int:
        """So many independent rows as rows in clusters like these."""
        return int(np.ceil(independent * self._design_effect(0.0)))

    @cached_property
    def _turned(self) -> "Paired":
        return Paired(self.after, self.before, self.clusters)

    def _design_effect(self, difference: float) -> float:
        """How much wider clusters make the interval were this the difference: from 1 to the rows of a row's cluster."""
        gained, lost, rows = self._sums
        squares, products, sizes = self._moments
        together = squares - 2 * difference * products + difference**2 * sizes
        alone = gained * (1 - difference) ** 2 + lost * (1 + difference) ** 2 + (rows - gained - lost) * difference**2
        return min(max(together / alone, 1.0), sizes / rows) if alone > 0.0 else sizes / rows

    def _bound(self, confidence: float) -> float:
        """The smallest difference that a one-sided score test does not exclude, with Student's t by cluster."""
        freedom = max(self._sums[2] ** 2 / self._moments[2] - 1, MIN_FREEDOM)
        wanted = float(student.ppf(confidence, freedom))

        def beyond(difference: float) -> float:
            return score(*self._sums, difference) / math.sqrt(self._design_effect(difference)) - wanted

        lowest = -1.0 + EDGE
        if self.difference <= lowest or beyond(lowest) <= 0.0:
            return -1.0
        return float(brentq(beyond, lowest, self.difference))


def score(gained: float, lost: float, rows: float, difference: float) -> float:
    """Tango's statistic of how far the counts lie above a difference, standard normal were it the true one."""
    linear = (2 * rows - gained + lost) * difference - gained - lost
    product = -lost * difference * (1 - difference)
    losing = (math.sqrt(max(linear**2 - 8 * rows * product, 0.0)) - linear) / (4 * rows)  # likeliest share of lost rows
    variance = rows * (2 * losing + difference * (1 - difference))
    distance = gained - lost - rows * difference
    return distance / math.sqrt(max(variance, EDGE))


def margin_shown(rows: float, discordant: float = LIKELY_DISCORDANT) -> float:
    """The smallest margin within which so many rows show two equal targets, with power .8.

    Raises:
        ValueError: No rows.
    """
    if rows <= 0:
        raise ValueError("over no rows nothing can be shown")
    return max((Z_BOUND + Z_POWER) * math.sqrt(discordant / rows), Z_BOUND**2 / (rows + Z_BOUND**2))


def rows_for_margin(margin: float, discordant: float = LIKELY_DISCORDANT) -> float:
    """Independent rows that show two equal targets within a margin, with power .8: `margin_shown` turned round."""
    return max(discordant * ((Z_BOUND + Z_POWER) / margin) ** 2, Z_BOUND**2 * (1 / margin - 1))


def rows_alone(rows: float, together: float, alike: float) -> float:
    """As how many rows that stand alone rows in clusters tell (Kish, 1965).

    Args:
        rows: How many there are.
        together: Rows of a row's cluster, itself among them, on the average over the rows.
        alike: Correlation of what two rows of one cluster show.
    """
    return rows / (1 + (together - 1) * alike)
