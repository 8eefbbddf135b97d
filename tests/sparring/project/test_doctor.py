"""The doctor finds what is planted, and finds nothing where nothing is wrong."""

import os
import shutil
import socket

import pytest

from sparring.project import doctor
from sparring.project.doctor import examine
from tests.conftest import ROOT


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with a recipe and nothing played."""
    for name in ("MLFLOW_TRACKING_URI", "PREFECT_API_URL", "SPARRING_WHEELS"):
        monkeypatch.delenv(name, raising=False)
    shutil.copy2(ROOT / "params.yaml", tmp_path)
    return tmp_path


def states(root):
    return {finding.about: finding.state for finding in examine(root)}


def said(root, about):
    return next(finding.text for finding in examine(root) if finding.about == about)


def test_a_new_project_has_nothing_that_would_fail(project):
    found = states(project)
    assert "fail" not in found.values()
    assert found["packages"] == found["recipe"] == found["write access"] == found["MLflow"] == "ok"
    assert found["data and models"] == "warn"


def test_an_unknown_key_of_the_recipe_is_named(project):
    (project / "params.yaml").write_text((project / "params.yaml").read_text() + "\nsede: 3\n")
    assert states(project)["recipe"] == "fail"
    assert "sede" in said(project, "recipe")


def test_a_server_that_does_not_answer_fails_by_its_address(project, monkeypatch):
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/api"
        monkeypatch.setenv("PREFECT_API_URL", address)
        assert states(project)["PREFECT_API_URL"] == "fail"
        assert address in said(project, "PREFECT_API_URL")


def test_a_corrupt_store_of_mlflow_fails(project):
    (project / "mlflow.db").write_bytes(b"SQLite format 3\0" + os.urandom(8192))
    assert states(project)["MLflow"] == "fail"


def test_a_package_out_of_its_range_is_named(project, monkeypatch):
    monkeypatch.setattr(doctor, "version", lambda name: "0.0.1")
    assert states(project)["packages"] == "fail"
    assert "trl 0.0.1 is not" in said(project, "packages")


def test_little_disk_and_a_missing_shelf_of_wheels(project, monkeypatch):
    monkeypatch.setattr(doctor, "LITTLE_DISK_GB", 1e9)
    monkeypatch.setenv("SPARRING_WHEELS", str(project / "nowhere"))
    found = states(project)
    assert found["disk"] == "warn"
    assert found["data and models"] == "fail"


def test_a_judge_without_its_key(project, monkeypatch):
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    recipe = (project / "params.yaml").read_text()
    line = next(line for line in recipe.splitlines() if line.startswith("judge:"))
    judge = (
        "judge: {base_url: 'http://127.0.0.1:9', model: m, key_variable: NO_SUCH_KEY, concurrency: 1, timeout_s: 1.0, "
        "max_attempts: 1, max_requests: null, max_tokens: null, max_new_tokens: 8}"
    )
    (project / "params.yaml").write_text(recipe.replace(line, judge))
    texts = [finding.text for finding in examine(project) if finding.about == "judge" and finding.state == "fail"]
    assert any("NO_SUCH_KEY" in text for text in texts)
