"""Every flow's command line ends through one boundary, and what could not be reached is tried again."""

import importlib
import shutil
import sqlite3
import sys
from pathlib import Path

import mlflow
import pytest
from prefect.states import Failed

from flows.machine_faults import ends_clearly
from sparring.errors import HeldError, InputError, MachineError, UnreachableError
from tasks.prepare import prepare_data_and_models
from tasks.tracking import connect, experiment_id

ROOT = Path(__file__).parents[2]
FLOWS = {
    "adversarial_round": ("r01", "--after", "r00"),
    "arms": (),
    "audit": ("night", "--base-url", "http://127.0.0.1:9/v1", "--model", "m"),
    "baseline": (),
    "hardening": (),
    "own_seeds": ("bicycles",),
    "cross_play": (),
    "prepare": (),
    "pull": (),
    "serve": (),
    "suite": ("all", "--base-url", "http://127.0.0.1:9/v1", "--model", "m"),
    "training": (),
}


def test_the_table_above_names_every_flow_with_a_root():
    mains = {path.stem for path in (ROOT / "flows").glob("*.py") if "\ndef main(" in path.read_text(encoding="utf-8")}
    assert mains - {"guarded_server"} == set(FLOWS)


def ended(module, arguments, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [f"flows.{module}", *arguments])
    with pytest.raises(SystemExit) as end:
        importlib.import_module(f"flows.{module}").main()
    assert end.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


@pytest.mark.parametrize("module", FLOWS)
def test_a_project_whose_path_holds_a_question_mark_is_one_line(module, tmp_path, monkeypatch, capsys):
    root = tmp_path / "what?"
    root.mkdir()
    shutil.copy2(ROOT / "params.yaml", root / "params.yaml")
    assert "the project's path holds '?'" in ended(module, (*FLOWS[module], "--root", str(root)), monkeypatch, capsys)
    assert [path.name for path in root.iterdir()] == ["params.yaml"]


@pytest.mark.parametrize("module", sorted(FLOWS.keys() - {"serve"}))
def test_a_folder_in_place_of_the_recipe_is_one_line(module, tmp_path, monkeypatch, capsys):
    (tmp_path / "params.yaml").mkdir()
    line = ended(module, (*FLOWS[module], "--root", str(tmp_path)), monkeypatch, capsys)
    assert line == f"error: {tmp_path / 'params.yaml'}: is a folder, not a file"


def test_a_server_without_its_key_says_so(monkeypatch, capsys):
    monkeypatch.delenv("SPARRING_SERVER_KEY", raising=False)
    line = ended("guarded_server", ("mlflow", "--port", "1"), monkeypatch, capsys)
    assert "SPARRING_SERVER_KEY is not set" in line


def broken(path):
    path.write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 32)


def newer(path):
    with sqlite3.connect(path) as store:
        store.execute("create table alembic_version (version_num text)")
        store.execute("insert into alembic_version values ('ffffffffffff')")


def no_folder(path):
    shutil.rmtree(path.parent)
    path.parent.write_text("")


@pytest.mark.parametrize("spoil", [broken, newer, no_folder])
def test_a_database_that_is_broken_newer_or_nowhere_is_one_line(spoil, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    root = tmp_path / "project"
    root.mkdir()
    spoil(root / "mlflow.db")
    with pytest.raises(SystemExit) as end, ends_clearly(root):
        experiment_id(connect(root), root, "tiny")
    assert end.value.code == 2
    assert str(root) in capsys.readouterr().err.splitlines()[-1]


def test_two_projects_of_one_process_keep_their_databases_apart(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    before = mlflow.get_tracking_uri()
    roots = [tmp_path / name for name in ("first", "second")]
    for root in roots:
        root.mkdir()
        client = connect(root)
        run = client.create_run(experiment_id(client, root, root.name))
        client.log_text(run.info.run_id, "said", "said.txt")
        client.create_registered_model(f"{root.name}-target")
    assert mlflow.get_tracking_uri() == before
    for root in roots:
        client = connect(root)
        assert [found.name for found in client.search_experiments()][:1] == [root.name]
        assert [found.name for found in client.search_registered_models()] == [f"{root.name}-target"]
        assert len(list((root / "mlartifacts").rglob("said.txt"))) == 1


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (UnreachableError("no network"), True),
        (InputError("no such model"), False),
        (HeldError("another run"), False),
        (MachineError("the disk is full"), False),
        (KeyError("a fault of ours"), False),
    ],
)
def test_a_download_is_tried_again_and_nothing_else(error, again):
    assert prepare_data_and_models.retries == 2
    assert prepare_data_and_models.retry_condition_fn(prepare_data_and_models, None, Failed(data=error)) is again
