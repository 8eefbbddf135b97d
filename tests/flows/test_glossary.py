"""The glossary of docs/design.md against what a played campaign logged: nothing without an entry, no entry for nothing."""

import json
import sqlite3
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from sparring.records import KINDS
from tests.design import glossary, meant, names, rows

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
        for section, prefix in {"rates": "round", "breadth": "round", "curves": "rl", "seconds": "seconds"}.items():
            found |= {f"{prefix}/{name}" for name in manifest[section]}
        for section in ("counts", "comparisons", "rejections", "rewards", "payoffs"):
            found |= {f"{section}.{name}" for name in manifest[section]}
        found |= {f"operators.{name}.{share}" for name, shares in manifest["operators"].items() for share in shares}
        found |= {f"mix.{name}" for part in manifest["mix"] for name in ("rows", "lost") if name in part}
    return found


def test_a_round_has_few_metrics_and_each_is_a_whole(reproduced):
    client = MlflowClient(f"sqlite:///{reproduced / 'mlflow.db'}")
    manifests = [reproduced / "data" / "rounds" / round / "round.json" for round in ("r00", "r01")]
    runs = [client.get_run(json.loads(path.read_text())["mlflow_run_id"]) for path in manifests]
    (campaign,) = {run.data.tags[MLFLOW_PARENT_RUN_ID] for run in runs}
    logged = [set(run.data.metrics) for run in (*runs, client.get_run(campaign))]
    assert all(0 < len(names) <= 75 for names in logged)
    in_parts = {name for names in logged for name in names if name.count("/") > 1}
    assert in_parts == {f"rl/success/{kind}" for kind in KINDS}, "curves over steps, which no table holds"


@pytest.mark.parametrize("round", ["r00", "r01"])
def test_a_run_has_the_tables_of_the_page_with_their_columns(reproduced, round):
    client = MlflowClient(f"sqlite:///{reproduced / 'mlflow.db'}")
    manifest = json.loads((reproduced / "data" / "rounds" / round / "round.json").read_text())
    run = client.get_run(manifest["mlflow_run_id"])
    shown = [one["path"] for one in json.loads(run.data.tags["mlflow.loggedArtifacts"]) if one["type"] == "table"]
    described = {names(file)[0]: names(columns) for _, (file, _, columns) in rows("Tables in MLflow")}
    empty = {"rejections.json": manifest["rejections"], "training_rows.json": manifest["mix"]}
    assert set(shown) == described.keys() - {file for file, found in empty.items() if not found}
    for file in shown:
        table = json.loads(Path(client.download_artifacts(run.info.run_id, file)).read_text())
        assert table["data"], file
        assert set(described[file]) <= {*table["columns"], "all", "untouched"}


def test_every_metric_that_a_round_logs_has_an_entry(measured):
    entries = glossary()
    assert len(measured) > 60
    assert sorted(name for name in measured if not any(meant(entry, name) for entry in entries)) == []


def test_every_entry_is_logged_by_a_round(measured):
    silent = {entry for entry in glossary() if not any(meant(entry, name) for name in measured)}
    assert silent - {"rejections.GATE"} == NOT_IN_THE_TINY_RECIPE.keys()  # a tiny round may have nothing to reject
