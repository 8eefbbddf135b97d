"""A product's twelve tools, shown in every row, and 37 labelled queries: from the file to a played round and a report."""

import subprocess
import sys

import pytest

from sparring.records import RoundResult
from sparring.sources.jsonl import load_jsonl
from tests.conftest import ROOT
from tests.running import run
from tests.tiny import make_language_model, make_project

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
FILE = "examples/twelve_tools.jsonl"
OWN = {
    "data.path": FILE,
    "data.split": "query",
    "data.max_prompt_chars": 6000,
    "data.categories": [],
    "data.val_share": 0.3,
    "rl.steps": 2,
}


def test_by_query_a_round_is_played_and_reported(tmp_path):
    base = make_language_model(tmp_path / "base", load_jsonl(ROOT / FILE), num_steps=240)
    root = make_project(tmp_path / "project", base, **OWN)
    subprocess.run(["git", "init", "--quiet"], cwd=root, check=True)
    said = run(root, sys.executable, "-m", "flows.training")
    assert "37 examples (0 left out, data/examples_rejected.json), split by query: train 21" in said.stderr
    assert "verdict:   r01, " in said.stdout
    played = RoundResult.model_validate_json((root / "data" / "rounds" / "r01" / "round.json").read_text())
    assert played.rates["attack_success"].total > 0
    assert played.rates["clean_accuracy"].total >= 3
    page = (root / "report" / "report.html").read_text(encoding="utf-8")
    assert "track_parcel" in page
