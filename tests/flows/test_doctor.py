"""The doctor holds a played project against its files, MLflow and DVC."""

import shutil
import sqlite3

from sparring.project.doctor import examine


def states(root):
    return {finding.about: finding.state for finding in examine(root)}


def said(root, about):
    return next(finding.text for finding in examine(root) if finding.about == about)


def test_rounds_are_held_against_their_files_and_mlflow(reproduced, tmp_path):
    root = tmp_path / "played"
    shutil.copytree(reproduced, root)
    assert states(root)["r01"] == "ok"
    assert states(root)["DVC"] == "ok"
    with sqlite3.connect(root / "mlflow.db") as store:
        store.execute("update runs set lifecycle_stage = 'deleted'")
    store.close()
    assert "MLflow does not know its run" in said(root, "r01")
    path = root / "data" / "rounds" / "r01" / "attacks.jsonl"
    path.unlink()
    assert "attacks.jsonl is not here" in said(root, "r01")
    path.write_text("")
    assert states(root)["r01"] == "fail"
    assert states(root)["DVC"] == "warn"
