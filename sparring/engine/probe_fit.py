"""Fitting a linear probe to labelled rows, and what it says of rows that it was not fitted to.

Rows of one seed are fitted together or held out together. The penalty is strong: there are more features than rows.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sparring.engine.probe import Floats
from sparring.errors import InputError

STRENGTH = 0.3  # of the penalty on the squared weights, a feature, beside the summed cross-entropy
FOLDS = 5


def fit(features: Floats, labels: Sequence[bool]) -> tuple[Floats, float]:
    """A logistic regression on standardised features, both labels alike heavy: weights (dimensions,) and intercept."""
    made = _regression(features.shape[1]).fit(features, list(labels))
    scaler, regression = made.named_steps["standardscaler"], made.named_steps["logisticregression"]
    weights: Floats = regression.coef_[0] / scaler.scale_
    return weights, float(regression.intercept_[0] - scaler.mean_ @ weights)


def unseen_scores(features: Floats, labels: Sequence[bool], groups: Sequence[str]) -> Floats:
    """Each row's logit by a regression that was fitted without its group, (rows,).

    Raises:
        InputError: There are too few groups, or a part of them lacks one of both labels.
    """
    if len(set(groups)) < FOLDS:
        raise InputError(f"a probe is fitted to the rewrites of {FOLDS} seeds at least; here are {len(set(groups))}")
    scores, known = np.zeros(len(labels)), np.asarray(labels)
    for rest, held in GroupKFold(FOLDS).split(features, known, list(groups)):
        if len(set(known[rest])) < 2:
            raise InputError("a probe is fitted to rewrites of both labels; nearly all of these have one")
        weights, intercept = fit(features[rest], known[rest])
        scores[held] = features[held] @ weights + intercept
    return scores


def _regression(dimensions: int) -> Pipeline:
    penalised = LogisticRegression(C=1 / (STRENGTH * dimensions), class_weight="balanced", max_iter=1000)
    return make_pipeline(StandardScaler(), penalised)
