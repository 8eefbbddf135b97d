"""The glossary of docs/design.md against what a played campaign logged: nothing without an entry, no entry for nothing."""

import json
import sqlite3

import pytest

from tests.design import glossary, meant

pytestmark = pytest.mark.timeout(1200)

NOT_IN_THE_TINY_RECIPE = {
    "rl/kl": "rl.beta is 0",
    "counts.unread_seeds": "nobody reads",
    "sft/total": "sft.update is sft",
    "sft/parsed": "the same",
    "sft/distinct": "the same",
    "sft/pairs": "the same",
    "sft/margin": "the same",
    "sft/preferred": "the same",
}


@pytest.fixture(scope="module")
def measured(reproduced):
    """Names of all metrics of both rounds: in MLflow, and in round.json under the names that MLflow has or would have."""
    with sqlite3.connect(reproduced / "mlflow.db") as store:
        found = {name for (name,) in store.execute("select distinct key from metrics")}
    for round in ("r00", "r01"):
        manifest = json.loads((reproduced / "data" / "rounds" / round / "round.json").read_text())
        for section, prefix in {
            "rates": "round/",
            "breadth": "round/",
            "curves": "rl/",
            "rejections": "rejected/",
            "seconds": "seconds/",
        }.items():
            found |= {f"{prefix}{name}" for name in manifest[section]}
        for section in ("counts", "comparisons", "rewards", "payoffs"):
            found |= {f"{section}.{name}" for name in manifest[section]}
    return found


def test_every_metric_that_a_round_logs_has_an_entry(measured):
    entries = glossary()
    assert len(measured) > 60
    assert sorted(name for name in measured if not any(meant(entry, name) for entry in entries)) == []


def test_every_entry_is_logged_by_a_round(measured):
    silent = {entry for entry in glossary() if not any(meant(entry, name) for name in measured)}
    assert silent - {"rejected/GATE"} == NOT_IN_THE_TINY_RECIPE.keys()  # a tiny round may have nothing to reject
