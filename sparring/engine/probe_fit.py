"""Fitting a linear probe to labelled rows, and what it says of rows that it was not fitted to.

Rows of one seed are fitted together or held out together. The penalty is strong: there are more dimensions than rows.
What the rules know is penalised less: each is one number of some fifteen, and not one of thousands.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from sparring.engine.probe import Floats
from sparring.errors import InputError

STRENGTH = 0.1  # of the penalty on the squared weights, a dimension, beside the summed cross-entropy
EVIDENCE = 3.0  # by so much evidence is stretched, beside states of unit variance, before it is penalised
FOLDS = 5


@dataclass(frozen=True)
class Line:
    """A logistic regression.

    Attributes:
        weights: Of the states, (dimensions,).
        evidence: Of what else is known, by name.
        intercept: Added to the sum.
    """

    weights: Floats
    evidence: dict[str, float]
    intercept: float

    def logits(self, states: Floats, known: Sequence[Collection[str]]) -> Floats:
        """Of each row of (rows, dimensions) with what else is known of it, (rows,)."""
        beside = [sum(self.evidence.get(name, 0.0) for name in sorted(each)) for each in known]
        found: Floats = states @ self.weights + np.asarray(beside) + self.intercept
        return found


def fit(states: Floats, known: Sequence[Collection[str]], labels: Sequence[bool]) -> Line:
    """A logistic regression on standardised columns, both labels alike heavy."""
    names = sorted({name for each in known for name in each})
    beside = np.array([[name in each for name in names] for each in known], dtype=float).reshape(len(known), len(names))
    columns = np.hstack([states, beside])
    scaler = StandardScaler().fit(columns)
    stretch = np.array([1.0] * states.shape[1] + [EVIDENCE] * len(names))
    penalised = LogisticRegression(C=1 / (STRENGTH * states.shape[1]), class_weight="balanced", max_iter=3000)
    made = penalised.fit(scaler.transform(columns) * stretch, list(labels))
    weights = made.coef_[0] * stretch / scaler.scale_
    intercept = float(made.intercept_[0] - scaler.mean_ @ weights)
    split = states.shape[1]
    return Line(weights[:split], dict(zip(names, map(float, weights[split:]), strict=True)), intercept)


def unseen_logits(
    states: Floats, known: Sequence[Collection[str]], labels: Sequence[bool], groups: Sequence[str]
) -> Floats:
    """Each row's logit by a regression that was fitted without its group, (rows,).

    Raises:
        InputError: There are too few groups, or a part of them lacks one of both labels.
    """
    if len(set(groups)) < FOLDS:
        raise InputError(f"a probe is fitted to the rewrites of {FOLDS} seeds at least; here are {len(set(groups))}")
    logits = np.zeros(len(labels))
    for rest, held in GroupKFold(FOLDS).split(states, labels, list(groups)):
        learnt = [labels[i] for i in rest]
        if len(set(learnt)) < 2:
            raise InputError("a probe is fitted to rewrites of both labels; nearly all of these have one")
        line = fit(states[rest], [known[i] for i in rest], learnt)
        logits[held] = line.logits(states[held], [known[i] for i in held])
    return logits
