"""A played round's training set: both halves of either kind, its attackers by name, and the one table that says so."""

import json
from collections import Counter
from pathlib import Path

import pytest
from mlflow import MlflowClient

from sparring.config import load_params
from sparring.dialects import DIALECTS
from sparring.project.workspace import Project
from sparring.records import MixPart, RoundResult, SFTExample
from sparring.storage import RoundPaths, read_jsonl, write_text
from tasks.rounds import Round

pytestmark = pytest.mark.timeout(1200)
ATTACKED = ("attack", "replay")


@pytest.fixture(scope="module")
def rows(reproduced):
    return read_jsonl(reproduced / "data" / "rounds" / "r01" / "sft.jsonl", SFTExample)


@pytest.fixture(scope="module")
def result(reproduced):
    text = (reproduced / "data" / "rounds" / "r01" / "round.json").read_text(encoding="utf-8")
    return RoundResult.model_validate(json.loads(text))


def kind(row: SFTExample) -> str:
    return "call" if DIALECTS["pythonic"].parse(row.completion) else "no_call"


def test_as_many_rows_are_attacked_as_untouched_of_either_kind(reproduced, rows):
    assert len(rows) == load_params(reproduced / "params.yaml").sft.examples
    counts = Counter((kind(row), row.origin in ATTACKED) for row in rows)
    assert counts["call", True] == counts["call", False] > 0
    assert counts["no_call", True] == counts["no_call", False] > 0


def test_several_attackers_wrote_the_attacked_half_and_are_named(rows):
    attackers = {row.attacker for row in rows if row.origin in ATTACKED}
    assert len(attackers) >= 2
    assert attackers <= {"r01", "rules", "schema"}
    assert all(row.attacker is None for row in rows if row.origin not in ATTACKED)


def test_a_wrong_answer_that_is_kept_is_none_that_is_taught(rows):
    assert all(row.rejected != row.completion for row in rows)


def test_manifest_and_mlflow_hold_the_table(reproduced, rows, result):
    counts = Counter((row.origin, kind(row), row.attacker) for row in rows)
    assert {(part.origin, part.kind, part.attacker): part.rows for part in result.mix} == counts
    assert sum(part.lost for part in result.mix) == sum(row.rejected is not None for row in rows)
    client = MlflowClient(f"sqlite:///{reproduced / 'mlflow.db'}")
    table = json.loads(Path(client.download_artifacts(result.mlflow_run_id, "training_rows.json")).read_text())
    assert [dict(zip(table["columns"], row, strict=True)) for row in table["data"]] == [
        part.model_dump() | {"attacker": part.attacker or "untouched"} for part in result.mix
    ]
    assert "mix.txt" in [artifact.path for artifact in client.list_artifacts(result.mlflow_run_id)]


def test_a_manifest_without_a_mix_is_read(result):
    old = {name: value for name, value in result.model_dump(mode="json").items() if name != "mix"}
    assert RoundResult.model_validate(old).mix == []
    assert MixPart.model_validate(result.mix[0].model_dump()) == result.mix[0]


@pytest.mark.parametrize(
    ("name", "after", "earlier"),
    [("r00", None, []), ("r01", "r00", []), ("r02", "r01", ["r01"]), ("r03", "r02", ["r01", "r02"])],
)
def test_every_query_model_that_was_trained_before_is_an_attacker(tmp_path, params, name, after, earlier):
    for played, before in (("r00", None), ("r01", "r00"), ("r02", "r01")):
        empty = "counts rates comparisons rejections operators rewards payoffs seconds inputs versions"
        fields = {name: {} for name in empty.split()}
        manifest = RoundResult.model_validate(
            fields
            | {"round": played, "after": before, "seed": 0, "failures": [], "promoted": None, "champion": "r00"}
            | {"verdict": "", "mlflow_run_id": None}
        )
        write_text(RoundPaths(tmp_path, played).manifest, manifest.model_dump_json())
    assert [paths.round for paths in Round(Project(tmp_path, params), name, after).earlier] == earlier
