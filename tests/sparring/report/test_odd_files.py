"""A report of files that somebody changed by hand, or a disk did, is one line that names the file."""

import json

import pytest

from sparring.errors import InputError
from sparring.gate_benchmark import GateScore
from sparring.gate_benchmark.scoring import ALL
from sparring.report import write_report
from sparring.report.gating import gates_figure, read_gate_score
from sparring.statistics import rate
from sparring.studies.cross_play import read_matrix

SCORE = {
    "cases": 2,
    "precision": {ALL: rate(1, 2)},
    "recall": {ALL: rate(1, 2)},
    "kinds": {"frame": {"rows": 2, "valid": 2, "accepted": 1}},
    "reasons": {},
    "mistakes": [],
}


@pytest.mark.parametrize(
    "rate", [{"low": None}, {"high": None}, {"value": None}, {"value": 1.5}, {"value": float("nan")}]
)
def test_half_a_share_in_a_manifest_is_named(rate, tmp_path, make, two_rounds, weather_seed):
    make.write(tmp_path, two_rounds, [weather_seed])
    path = tmp_path / "data" / "rounds" / "r01" / "round.json"
    manifest = json.loads(path.read_text())
    manifest["rates"]["clean_accuracy"] |= rate
    path.write_text(json.dumps(manifest))
    with pytest.raises(InputError, match=r"round\.json: rates\.clean_accuracy"):
        write_report(tmp_path, tmp_path / "out")


def test_a_seed_that_stands_twice_is_named(tmp_path, make, two_rounds, weather_seed):
    make.write(tmp_path, two_rounds, [weather_seed, weather_seed])
    with pytest.raises(InputError, match=r"splits: example id w1 occurs twice"):
        write_report(tmp_path, tmp_path / "out")


@pytest.mark.parametrize(
    "changed",
    [
        {"operators": {"chatty": {"valid": {"count": 0, "total": 0, "value": None, "low": None, "high": None}}}},
        {"failures": [{}]},
        {
            "failures": [
                {"count": 1, "failure": "no_call", "tool": "t", "seed": 1.5, "attack": "", "answer": "", "reason": ""}
            ]
        },
    ],
)
def test_half_an_entry_of_a_manifest_is_named(changed, tmp_path, make, two_rounds, weather_seed):
    make.write(tmp_path, two_rounds, [weather_seed])
    path = tmp_path / "data" / "rounds" / "r01" / "round.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))
    with pytest.raises(InputError, match=rf"round\.json: {next(iter(changed))}"):
        write_report(tmp_path, tmp_path / "out")


def test_a_share_of_some_rows_only_is_in_the_figures_numbers(tmp_path, make, two_rounds, weather_seed):
    make.write(tmp_path, two_rounds, [weather_seed])
    path = tmp_path / "data" / "rounds" / "r01" / "round.json"
    manifest = json.loads(path.read_text())
    manifest["rates"]["clean_accuracy"]["not_scored"] = 2
    path.write_text(json.dumps(manifest))
    write_report(tmp_path, tmp_path / "out")
    assert any("not_scored" in table.read_text() for table in (tmp_path / "out").glob("*.csv"))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"precision": {}}, "precision and recall"),
        ({"kinds": {"frame": {"rows": 1, "valid": 1}}}, "valid and accepted"),
        ({"kinds": {"frame": {"rows": 1, "valid": 1, "accepted": 2}}}, "no more than rows"),
        ({"kinds": {"frame": {"rows": -1, "valid": 1, "accepted": 2}}}, "greater than or equal to 0"),
        ({"kinds": {"frame": {"rows": "many", "valid": 1, "accepted": 2}}}, "integer"),
    ],
)
def test_half_a_score_of_the_gates_is_named(changed, said, tmp_path):
    path = tmp_path / "gates.json"
    path.write_text(GateScore(**SCORE).model_dump_json())
    assert gates_figure(read_gate_score(path)) is not None
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))
    with pytest.raises(InputError, match=rf"gates\.json: .*{said}"):
        read_gate_score(path)


def test_gates_that_nothing_decides_have_no_figure():
    assert gates_figure(GateScore(**SCORE | {"kinds": {}})) is None
    assert gates_figure(GateScore(**SCORE | {"kinds": {"half": {"rows": 2, "valid": 1, "accepted": 1}}})) is None


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([("r00", "r00"), ("r01", "r01")], "each query model has one cell"),
        ([("r00", "r00"), ("r00", "r00")], "each query model has one cell"),
        ([("r00", "r00"), ("r00", "r00"), ("r01", "r01"), ("r01", "r00")], "stands twice"),
    ],
)
def test_a_matrix_with_holes_is_named(pairs, said, tmp_path):
    path = tmp_path / "cross_play.json"
    cells = [{"query": query, "target": target, "success": rate(1, 2).model_dump()} for query, target in pairs]
    path.write_text(json.dumps({"seeds": 1, "attacks_per_seed": 1, "cells": cells}))
    with pytest.raises(InputError, match=rf"cross_play\.json: .*{said}"):
        read_matrix(path)
