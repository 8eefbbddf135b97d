"""A probe for a comparing reader, fitted to labelled rewrites: which of them it would accept, unseen, at what bound.

The surprise: the bound is not where both labels are equally likely. It is the lowest at which what passes is right
often enough among rewrites that the probe was not fitted to.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from rich.table import Table
from sklearn.metrics import roc_auc_score

from sparring.engine.probe import Fitted, Floats, Probe
from sparring.engine.probe_fit import fit, unseen_logits
from sparring.errors import InputError
from sparring.gate_benchmark.cases import LabelledRewrite
from sparring.gate_benchmark.scoring import share_cell
from sparring.statistics import rate

KINDS = {True: "with a call", False: "without"}


@dataclass(frozen=True)
class Probing:
    """A fitted probe, and what it says of each row when it was fitted without the row's seed.

    Attributes:
        probe: Fitted to all rows.
        accepted: Per judged row whether it would pass.
        area: Area under the curve of the scores of unseen judged rows; 1/2 tells nothing apart.
    """

    probe: Probe
    accepted: list[bool]
    area: float


def probing(
    rows: Sequence[LabelledRewrite],
    states: Floats,
    known: Sequence[Collection[str]],
    judged: int,
    wanted: float,
    fitted: Fitted,
) -> Probing:
    """Fits a probe to labelled rewrites.

    Args:
        rows: The rewrites; those behind the first `judged` are fitted to, and choose no bound.
        states: What the model makes of each one's question, (rows, dimensions).
        known: What else is known of each.
        judged: How many are like what the probe shall judge.
        wanted: Share of what passes that must be right, among unseen rows.
        fitted: What the probe is fitted to.

    Raises:
        InputError: Too few rows, or no bound gives the wanted share.
    """
    labels = [row.valid for row in rows]
    scores = unseen_logits(states, known, labels, [row.seed for row in rows])
    bound = lowest_bound(scores[:judged], labels[:judged], wanted)
    if bound is None:
        raise InputError(f"this model cannot tell these rewrites apart: at no bound {wanted:g} of what passes is right")
    line = fit(states, known, labels)
    weights = [float(each) for each in line.weights]
    probe = Probe(weights=weights, evidence=line.evidence, bound=bound - line.intercept, fitted=fitted)
    accepted = [bool(score > bound) for score in scores[:judged]]
    return Probing(probe, accepted, float(roc_auc_score(labels[:judged], scores[:judged])))


def lowest_bound(scores: Floats, labels: Sequence[bool], wanted: float) -> float | None:
    """The lowest bound above which the wanted share of the rows has the label; None where there is none."""
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum(np.asarray(labels)[order])
    shares = right / np.arange(1, len(order) + 1)
    fitting = [k for k in range(len(order) - 1) if shares[k] >= wanted and scores[order[k]] > scores[order[k + 1]]]
    if not fitting:
        return None
    last, first_out = scores[order[fitting[-1]]], scores[order[fitting[-1] + 1]]
    return float((last + first_out) / 2)


def probing_table(rows: Sequence[LabelledRewrite], found: Probing) -> Table:
    """Precision and recall of the probe alone, by kind of seed, on rows whose seed it was not fitted to."""
    table = Table(
        "rewrites of seeds", "rows", "precision", "recall", title="the probe alone, on seeds left out in turn"
    )
    for calls, name in KINDS.items():
        part = [(row.valid, ok) for row, ok in zip(rows, found.accepted, strict=True) if bool(row.gold) is calls]
        passed, right = [valid for valid, ok in part if ok], [ok for valid, ok in part if valid]
        cells = (share_cell(rate(sum(passed), len(passed))), share_cell(rate(sum(right), len(right))))
        table.add_row(name, str(len(part)), *cells)
    return table
