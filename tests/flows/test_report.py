"""The report of a round that was really played: in MLflow beside the round, and in a browser."""

import os
import shutil
import sqlite3

import pytest

from sparring.records import RoundResult
from sparring.report import write_report
from tests.browsing import opened, started_chromium

pytestmark = pytest.mark.timeout(1200)


@pytest.fixture
def chromium():
    with started_chromium() as browser:
        yield browser


def manifest(root):
    return RoundResult.model_validate_json((root / "data" / "rounds" / "r01" / "round.json").read_text())


def test_the_report_is_an_artifact_of_the_rounds_run(reproduced):
    run_id = manifest(reproduced).mlflow_run_id
    with sqlite3.connect(reproduced / "mlflow.db") as database:
        ((uri,),) = database.execute("select artifact_uri from runs where run_uuid = ?", [run_id]).fetchall()
    folder = uri.removeprefix("file://")
    names = os.listdir(f"{folder}/report")
    assert {"report.html", "report.md", "atlas.csv", "attack_success.png", "learning_curves.svg"} <= set(names)


def test_a_round_keeps_what_rl_logged_at_each_step(reproduced):
    found = manifest(reproduced)
    assert {"total", "valid", "hardness", "success", "entropy"} <= set(found.curves)
    assert {len(values) for values in found.curves.values()} == {len(found.curves["total"])}
    quarter = max(1, len(found.curves["total"]) // 4)
    assert found.rewards["total_last_quarter"] == pytest.approx(sum(found.curves["total"][-quarter:]) / quarter)


def test_the_report_of_two_played_rounds_opens_in_a_browser(reproduced, tmp_path, chromium):
    root = tmp_path / "project"
    shutil.copytree(reproduced / "data", root / "data", ignore=shutil.ignore_patterns("raw"))
    with opened(chromium, write_report(root, tmp_path / "report")) as page:
        attacked = page.locator("#shares tr", has_text="valid attacks, training seeds").text_content()
        assert "not measured" in attacked  # of the baseline
        assert "%" in attacked  # of the round
        assert page.locator("figure").count() >= 4
        assert page.locator("#trials-table tbody tr").count() > 10
