"""The reward of an attack: valid * (hardness - what it has in common with others) - penalty for no legal action.

One function and one line in TERMS each, reported apart. Hardness is never negative: an easy valid attack must rank
above an invalid one.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

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
        way: Operators that changed something, without their order; none of a free rewrite.
        mistake: Kind of the target's first answer's mistake; None where it made none or was not asked.
        unjudged: Whether a gate could not say if it is valid: it earns and costs nothing, and counts in no share.
    """

    valid: bool
    malformed: bool
    pass_rate: float | None
    gold_logprob_drop: float | None
    way: tuple[str, ...] = ()
    mistake: str | None = None
    unjudged: bool = False


@dataclass(frozen=True)
class Batch:
    """The attempts of one step, scored together, so that a term can compare them.

    Attributes:
        attempts: What was played.
        params: Shape and weights.
        vectors: Unit vectors of the attacks, (attempts, dimensions); what a malformed one has is not looked at.
        nearness: Similarity to the nearest attack of the archive, (attempts,), in [0, 1].
    """

    attempts: Sequence[Attempt]
    params: RewardParams
    vectors: NDArray[np.float32]
    nearness: NDArray[np.float32]

    @cached_property
    def valid(self) -> NDArray[np.bool_]:
        """Which attempts passed every gate, (attempts,)."""
        return np.array([attempt.valid for attempt in self.attempts], dtype=bool)


@dataclass(frozen=True)
class Term:
    """A part of what a valid attack earns.

    Attributes:
        values: Of every attempt of a batch; of one that nobody scored it is not looked at.
        weight: What it is multiplied with; below 0 it costs.
    """

    values: Callable[[Batch], Sequence[float]]
    weight: Callable[[RewardParams], float]


def _hardness(batch: Batch) -> list[float]:
    return [
        0.0 if attempt.pass_rate is None else hardness(attempt, batch.params.hardness) for attempt in batch.attempts
    ]


def _cluster(batch: Batch) -> list[float]:
    """Share of the other valid attacks of the batch that say nearly the same, in [0, 1]."""
    valid = batch.valid
    if valid.sum() < 2:
        return [0.0] * len(valid)
    same = (batch.vectors @ batch.vectors.T > SAME) & valid[None, :] & valid[:, None]
    shares: list[float] = ((same.sum(axis=1) - valid) / (valid.sum() - 1)).tolist()
    return shares


def _program(batch: Batch) -> list[float]:
    """What the other valid, scored attacks of the batch have of its program, where the mistake is the same; in [0, 1].

    The same operators in whatever order count as one attack, some of them in part (Dice, 1945): who adds a courtesy to
    what everybody plays plays it all the same.
    """
    played = [i for i, attempt in enumerate(batch.attempts) if attempt.valid and attempt.pass_rate is not None]
    shares = [0.0] * len(batch.attempts)
    for i, j in combinations(played, 2):
        one, other = batch.attempts[i], batch.attempts[j]
        if one.mistake == other.mistake and (size := len(one.way) + len(other.way)):
            common = 2 * (Counter(one.way) & Counter(other.way)).total() / size / (len(played) - 1)
            shares[i] += common
            shares[j] += common
    return shares


def _archive(batch: Batch) -> list[float]:
    found: list[float] = batch.nearness.tolist()
    return found


TERMS: dict[str, Term] = {
    "hardness": Term(_hardness, lambda params: 1.0),
    "cluster": Term(_cluster, lambda params: -params.cluster_weight),
    "program": Term(_program, lambda params: -params.program_weight),
    "archive": Term(_archive, lambda params: -params.archive_weight),
}


def rewards(
    attempts: Sequence[Attempt],
    params: RewardParams,
    vectors: NDArray[np.float32],
    archive_nearness: NDArray[np.float32],
) -> list[dict[str, float]]:
    """By attempt of one batch its measures and terms; what is undefined of it is left out.

    `total` is the reward: that of a valid attack is never below that of a rejected one, and an attack that could not be
    judged or of which no answer could be scored has none. The arguments are a `Batch`'s.
    """
    batch = Batch(attempts, params, vectors, archive_nearness)
    values = {name: term.values(batch) for name, term in TERMS.items()}
    return [
        _scored(attempt, params, {name: found[i] for name, found in values.items()})
        for i, attempt in enumerate(attempts)
    ]


def _scored(attempt: Attempt, params: RewardParams, terms: dict[str, float]) -> dict[str, float]:
    if attempt.unjudged:
        return {"malformed": 0.0}
    penalty = params.malformed_penalty if attempt.malformed else 0.0
    known = {"valid": float(attempt.valid), "malformed": float(attempt.malformed)}
    if not attempt.valid:
        return {"total": -penalty} | known
    if attempt.pass_rate is None:
        return known
    earned = params.valid_bonus
    for name, term in TERMS.items():
        earned += term.weight(params) * terms[name]
    found = {"total": max(earned, 0.0) - penalty} | known | {"hardness": terms["hardness"]}
    found["success"] = 1.0 - attempt.pass_rate
    if attempt.gold_logprob_drop is not None:
        found["logprob_drop"] = attempt.gold_logprob_drop
    return found | terms


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
