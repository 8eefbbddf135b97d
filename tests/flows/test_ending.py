"""The last lines of a campaign: what they name can be started as it stands there."""

import shlex
import shutil
from pathlib import Path

import pytest

from flows.ending import _mlflow, _next
from sparring.project.library import LIBRARY
from sparring.records import RoundResult


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    folder = tmp_path / "a campaign"
    folder.mkdir()
    return folder


def test_in_a_clone_mlflow_is_named_as_its_environment_knows_it(root):
    assert shlex.split(_mlflow(root)) == ["mlflow", "ui", "--backend-store-uri", f"sqlite:///{root / 'mlflow.db'}"]


def test_outside_a_clone_mlflow_is_named_by_its_path_since_pipx_shows_the_shell_nothing_else(root, monkeypatch):
    (root / LIBRARY).write_text("version: 0.1.0\n")
    monkeypatch.setenv("PATH", "/usr/bin")
    program = shlex.split(_mlflow(root))[0]
    assert Path(program).is_absolute()
    assert shutil.which(program), "it can be started"


def test_a_server_that_is_configured_is_named_in_its_place(root, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")
    assert _mlflow(root) == "http://127.0.0.1:5000"


@pytest.mark.parametrize(
    ("outcome", "promoted", "says"),
    [
        ("promoted", True, "`sparring compare r01 r03`"),
        (None, True, "`sparring compare r01 r03`"),
        ("baseline", None, "(r01: {after: r00})"),
        ("not_shown", False, "`sparring profile`"),
        ("worse", False, "the report"),
    ],
)
def test_each_outcome_says_what_to_do_next(outcome, promoted, says):
    played = RoundResult.model_construct(round="r03", after="r01", outcome=outcome, promoted=promoted)
    assert says in _next(played)
