"""The reward of an attack: valid * (hardness - cluster share - nearness to the archive) - penalty for no legal action.

One function, terms reported apart. Hardness is never negative: an easy valid attack must rank above an invalid one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparring.config import RewardParams

SAME = 0.9
DENSE_SHARE = 0.5
BAND = (0.25, 0.75)


@dataclass(frozen=True)
class Attempt:
    """One completion of the query model, played out.

    Attributes:
        valid: Whether every gate passed.
        malformed: Whether it was no legal action, or leaked.
        pass_rate: Share of the target's answers that are right; None where it was not asked.
        gold_logprob_drop: How much less likely the gold became than for the untouched seed, in nats; None as above.
    """

    valid: bool
    malformed: bool
    pass_rate: float | None
    gold_logprob_drop: float | None


@dataclass(frozen=True, slots=True)
class RewardTerms:
    """The terms of one attempt; undefined ones are None. `total` is so where no answer to a valid attack was scored."""

    total: float | None
    valid: float
    malformed: float
    hardness: float | None
    success: float | None
    logprob_drop: float | None
    cluster: float | None
    archive: float | None

    def as_metrics(self) -> dict[str, float]:
        """The defined terms by name."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name)) is not None}


def rewards(
    attempts: Sequence[Attempt],
    params: RewardParams,
    vectors: NDArray[np.float32],
    archive_nearness: NDArray[np.float32],
) -> list[RewardTerms]:
    """The terms of every attempt of one batch.

    Args:
        attempts: The batch.
        params: Shape and weights.
        vectors: Unit vectors of the attacks, (attempts, dimensions); what a malformed one has is not looked at.
        archive_nearness: Similarity to the nearest attack of the archive, (attempts,), in [0, 1].
    """
    valid = np.array([attempt.valid for attempt in attempts], dtype=bool)
    shares = _cluster_shares(vectors, valid)
    return [_terms(attempt, params, float(shares[i]), float(archive_nearness[i])) for i, attempt in enumerate(attempts)]


def _cluster_shares(vectors: NDArray[np.float32], valid: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Share of the other valid attacks of the batch that say nearly the same, in [0, 1]."""
    if valid.sum() < 2:
        return np.zeros(len(valid))
    same = (vectors @ vectors.T > SAME) & valid[None, :] & valid[:, None]
    shares: NDArray[np.float64] = (same.sum(axis=1) - valid) / (valid.sum() - 1)
    return shares


def _terms(attempt: Attempt, params: RewardParams, cluster: float, archive: float) -> RewardTerms:
    penalty = params.malformed_penalty if attempt.malformed else 0.0
    if not attempt.valid or attempt.pass_rate is None:
        total = None if attempt.valid else -penalty
        return RewardTerms(total, float(attempt.valid), float(attempt.malformed), None, None, None, None, None)
    hard = hardness(attempt, params.hardness)
    bonus = params.valid_bonus + hard - params.cluster_weight * cluster - params.archive_weight * archive
    return RewardTerms(
        total=max(bonus, 0.0) - penalty,
        valid=1.0,
        malformed=float(attempt.malformed),
        hardness=hard,
        success=1.0 - attempt.pass_rate,
        logprob_drop=attempt.gold_logprob_drop,
        cluster=cluster,
        archive=archive,
    )


def hardness(attempt: Attempt, shape: str) -> float:
    """How hard the attack was for the target, in [0, 1].

    zero_sum: 1 - p, the paper's game; made dense by the drop of the gold's likelihood, which alone never
    reaches half of what a failure earns.
    band: 1 where p lies between a quarter and three quarters, falling to 0 at both ends (Tool-R0).

    Raises:
        ValueError: The target was not asked, or the shape is unknown.
    """
    p = attempt.pass_rate
    if p is None:
        raise ValueError("the target was not asked: no hardness")
    drop = max(attempt.gold_logprob_drop or 0.0, 0.0)
    dense = DENSE_SHARE * (1.0 - math.exp(-drop))
    if shape == "zero_sum":
        return (1.0 - p) + p * dense
    if shape == "band":
        low, high = BAND
        return 1.0 if low <= p <= high else p / low if p < low else (1.0 - p) / (1.0 - high)
    raise ValueError(f"unknown hardness {shape!r}; allowed: zero_sum, band")
