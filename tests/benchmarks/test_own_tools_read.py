"""What a reader found in drawn seeds of real tools: whole draws, a reason for every wrong row, and the last draw holds."""

import json
from collections import Counter

import pytest

from benchmarks.own_tools import NUM_DRAWN, scores, strict_counts
from sparring.statistics import rate
from tests.conftest import ROOT

LABELS = ROOT / "benchmarks" / "own_tools_read.jsonl"
ROWS = [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]


def test_every_draw_is_whole_and_every_wrong_row_has_its_reason():
    assert set(Counter(row["draw"] for row in ROWS).values()) == {NUM_DRAWN}
    assert len({(row["draw"], row["id"]) for row in ROWS}) == len(ROWS)
    assert not [row["id"] for row in ROWS if not row["right"] and not row["reason"]]


def test_the_last_draw_is_right_in_95_of_100_rows_and_surely_in_90():
    last = [row["right"] for row in ROWS if row["draw"] == max(one["draw"] for one in ROWS)]
    found = rate(sum(last), len(last))
    assert found.value >= 0.95
    assert found.low >= 0.90
    assert scores(LABELS)


def test_every_right_call_of_a_tool_that_strict_mode_takes_comes_back_from_it():
    pytest.importorskip("faker")
    found = strict_counts(ROOT / "tests" / "data" / "own_tools" / "functions.tools.json")
    assert found["tools"] == 11
    assert found["right calls that come back"] >= 100
    assert not [what for what in found if "not" in what]
