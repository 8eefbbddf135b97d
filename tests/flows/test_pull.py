"""Another machine: a clone, one command, and nothing is stale."""

import json
import shutil
import subprocess
import sys

import pytest

from sparring.storage import hash_tree
from sparring.studies.shipping import HISTORY
from tasks.tracking import LOADED
from tests.running import run

pytestmark = pytest.mark.timeout(1200)


def git(root, *arguments):
    subprocess.run(["git", "-c", "user.email=a@b", "-c", "user.name=t", *arguments], cwd=root, check=True)


def test_a_clone_takes_over_and_has_nothing_to_do(reproduced, monkeypatch):
    first = reproduced.with_name("first")
    shutil.copytree(reproduced, first)
    run(first, "dvc", "remote", "add", "-d", "shelf", str(reproduced.with_name("shelf")))
    run(first, "dvc", "push")
    git(first, "add", "-A")
    git(first, "commit", "-qm", "played")
    second = reproduced.with_name("second")
    git(reproduced.parent, "clone", "-q", str(first), str(second))
    assert not (second / "models" / "r01").exists()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{reproduced / 'mlflow.db'}")
    for target in (reproduced / "mlartifacts").glob("*/artifacts/target"):  # as MLflow leaves one that was loaded
        (target / LOADED).write_text("model_name: tiny-target\nmodel_version: '1'\n", encoding="utf-8")
    run(second, sys.executable, "-m", "flows.pull")
    for name in ("query", "target"):
        assert hash_tree(second / "models" / "r01" / name) == hash_tree(first / "models" / "r01" / name)
    assert "up to date" in run(second, "dvc", "status").stdout
    again = run(second, sys.executable, "-m", "flows.pull")
    assert "adapters are here" in again.stderr
    metrics = run(second, "dvc", "metrics", "show").stdout
    assert all(name in metrics for name in ("metrics.json", *HISTORY[1:]))
    assert max(map(len, metrics.splitlines())) < 200


def tampered(adapter):
    weights = adapter / "adapter_model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)


def test_an_adapter_that_is_not_the_one_the_round_wrote_is_refused_there_and_fetched_anew_here(reproduced, monkeypatch):
    root = reproduced.with_name("tampered")
    shutil.copytree(reproduced, root)
    known = hash_tree(root / "models" / "r01" / "target")
    tampered(root / "models" / "r01" / "target")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert "r01: target from run" in run(root, sys.executable, "-m", "flows.pull").stderr
    assert hash_tree(root / "models" / "r01" / "target") == known
    shutil.rmtree(root / "models" / "r01" / "target")
    manifest = json.loads((root / "data" / "rounds" / "r01" / "round.json").read_text())
    manifest["outputs"]["models/r01/target"] = "0" * 64
    (root / "data" / "rounds" / "r01" / "round.json").write_text(json.dumps(manifest))
    refused = run(root, sys.executable, "-m", "flows.pull", expect=2)
    assert f"gives another target than the round wrote: SHA-256 is {known}" in refused.stderr
    assert list((root / "models" / "r01").iterdir()) == [root / "models" / "r01" / "query"]


def test_a_run_that_is_gone_is_named(reproduced, monkeypatch, tmp_path):
    root = reproduced.with_name("lost")
    shutil.copytree(reproduced, root)
    shutil.rmtree(root / "models" / "r01")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'empty.db'}")
    done = run(root, sys.executable, "-m", "flows.pull", expect=2)
    assert "r01: run" in done.stderr
    assert not (root / "models" / "r01" / "query").exists()
