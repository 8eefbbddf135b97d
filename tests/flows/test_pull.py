"""Another machine: a clone, one command, and nothing is stale."""

import os
import shutil
import subprocess
import sys

import pytest

from sparring.storage import hash_tree
from tests.running import BIN, run

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
    run(second, sys.executable, "-m", "flows.pull")
    for name in ("query", "target"):
        assert hash_tree(second / "models" / "r01" / name) == hash_tree(first / "models" / "r01" / name)
    assert "up to date" in run(second, "dvc", "status").stdout
    again = run(second, sys.executable, "-m", "flows.pull")
    assert "adapters are here" in again.stderr
    metrics = run(second, "dvc", "metrics", "show").stdout
    assert "round.json" in metrics


def test_a_run_that_is_gone_is_named(reproduced, monkeypatch, tmp_path):
    root = reproduced.with_name("lost")
    shutil.copytree(reproduced, root)
    shutil.rmtree(root / "models" / "r01")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'empty.db'}")
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "flows.pull"]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "r01: run" in done.stderr
    assert not (root / "models" / "r01" / "query").exists()
