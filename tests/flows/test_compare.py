"""`sparring compare` asks both targets the rows that nothing was chosen on, once."""

import json

import pytest

from sparring.records import Example, Trial
from sparring.storage import read_jsonl
from tests.running import BIN, run

pytestmark = pytest.mark.timeout(1200)


def test_both_targets_are_asked_what_nothing_was_chosen_on_and_their_answers_are_kept(reproduced, tmp_path):
    command = (str(BIN / "sparring"), "compare", "r00", "r01", "--out")
    asked = run(reproduced, *command, str(tmp_path / "first"))
    rows = {row.id for row in read_jsonl(reproduced / "data" / "splits" / "test.jsonl", Example)}
    assert f"{len(rows)} rows that nothing was chosen on are asked, once" in asked.stderr
    kept = sorted((reproduced / ".work" / "compared").glob("*.jsonl"))
    assert [path.name[:3] for path in kept] == ["r00", "r01"]
    assert all({trial.attack.example_id for trial in read_jsonl(path, Trial)} == rows for path in kept)
    again = run(reproduced, *command, str(tmp_path / "again"), "--no-ask")
    assert "are asked" not in again.stderr
    found = [json.loads((tmp_path / name / "compare.json").read_text()) for name in ("first", "again")]
    assert found[0] == found[1]
    metrics = [each["metric"] for each in found[0]["differences"]]
    assert {"clean_accuracy", "clean_accuracy/test", "no_call_accuracy/test"} <= set(metrics)
