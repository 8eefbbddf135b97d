"""A timed step is the step itself: it gives what it gives, and its seconds add up over starts."""

import shutil
from types import SimpleNamespace

import pytest

from sparring.project.estimate import estimate
from sparring.project.workspace import Project, Workbench
from sparring.storage import write_json
from tasks.clock import outlook, seconds_by_step, timed
from tasks.rounds import Round
from tests.conftest import ROOT


def test_a_timed_step_gives_its_value_and_its_seconds_add_up(tmp_path, capsys):
    played = SimpleNamespace(bench=Workbench(tmp_path, "r01"))

    @timed
    def count(played, rows, *, times=1):
        return len(rows) * times

    assert count(played, [1, 2, 3], times=2) == 6
    first = seconds_by_step(played)["count"]
    assert count(played, []) == 0
    assert seconds_by_step(played)["count"] >= first
    assert "r01: count took" in capsys.readouterr().err


def test_what_a_step_and_the_campaign_still_take_is_the_estimate_at_the_pace_so_far(params, tmp_path):
    shutil.copy2(ROOT / "params.yaml", tmp_path)
    dtype = params.models.model_copy(update={"dtype": "float32"})
    played = Round(Project(tmp_path, params).changed(models=dtype), "r00", None)
    (tmp_path / "work").mkdir()
    object.__setattr__(
        played, "bench", Workbench(tmp_path / "work", "r00")
    )  # before it is computed from inputs that are not there
    expected = estimate(played.project.params, tmp_path).seconds
    first, after = outlook(played, "warm_start_target")
    assert first == pytest.approx(expected["r00"]["warm_start_target"])
    of_all = sum(sum(steps.values()) for steps in expected.values())
    assert first + after == pytest.approx(of_all - expected["prepare"]["prepare"])
    write_json(tmp_path / "work" / "seconds.json", {"warm_start_target": 3 * first})
    second, rest = outlook(played, "warm_start_query_model")
    assert second == pytest.approx(3 * expected["r00"]["warm_start_query_model"])
    assert rest < 3 * after
    assert outlook(played, "no_such_step") == (None, None)
