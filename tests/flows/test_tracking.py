"""Runs in MLflow: one parent an experiment, no run that stays open and no row twice after a start was killed."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from mlflow.utils.mlflow_tags import MLFLOW_LOGGED_ARTIFACTS

from tasks.tracking import CHECKOUT, RoundRun, _checkout, _close_killed, _experiment_run, connect, experiment_id

pytestmark = pytest.mark.timeout(300)  # the first call makes MLflow's database


def playing(root, name="r01"):
    """A round as tracking sees one that nobody played before."""
    return SimpleNamespace(
        name=name, after=None, project=SimpleNamespace(root=root, params=SimpleNamespace(experiment="tiny"))
    )


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    client = connect(tmp_path)
    return client, experiment_id(client, tmp_path, "tiny")


def test_a_killed_start_is_closed_and_nobody_elses_run(store, tmp_path):
    client, experiment = store

    def begun(round, checkout):
        return client.create_run(experiment, tags={"round": round, CHECKOUT: checkout}).info.run_id

    mine, other_round = begun("r01", _checkout(tmp_path)), begun("r02", _checkout(tmp_path))
    elsewhere, done = begun("r01", _checkout(tmp_path / "elsewhere")), begun("r01", _checkout(tmp_path))
    client.set_terminated(done)
    _close_killed(client, experiment, playing(tmp_path))
    found = {run: client.get_run(run).info.status for run in (mine, other_round, elsewhere, done)}
    assert found == {mine: "KILLED", other_round: "RUNNING", elsewhere: "RUNNING", done: "FINISHED"}


def test_all_baselines_of_an_experiment_have_one_parent(store, tmp_path):
    client, experiment = store
    first = _experiment_run(client, experiment, playing(tmp_path, "r00"), {})
    assert _experiment_run(client, experiment, playing(tmp_path, "r00"), {}) == first
    assert client.get_run(first).info.status == "FINISHED"


def test_a_start_that_goes_on_writes_no_row_of_a_table_twice(store):
    client, experiment = store
    run = RoundRun(client, client.create_run(experiment).info.run_id, "")
    table = {"gate": ["meaning", "tool"], "attacks": [2, None]}
    for _ in range(2):
        run.log_tables({"rejections.json": table})
    written = json.loads(Path(client.download_artifacts(run.run_id, "rejections.json")).read_text())
    assert written == {"columns": ["gate", "attacks"], "data": [["meaning", 2], ["tool", None]]}
    shown = json.loads(client.get_run(run.run_id).data.tags[MLFLOW_LOGGED_ARTIFACTS])
    assert shown == [{"path": "rejections.json", "type": "table"}]
