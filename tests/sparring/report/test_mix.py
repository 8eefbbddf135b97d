"""The report says what the last model learnt from, in the page and in the Markdown; nothing where nothing was learnt."""

from dataclasses import replace

import pytest

from sparring.records import MixPart
from sparring.report import build
from sparring.report.markdown import render_markdown
from sparring.report.page import render_page
from sparring.studies.round_table import round_table

PARTS = [
    MixPart(origin="attack", kind="call", attacker="r01", rows=41, lost=23),
    MixPart(origin="attack", kind="no_call", attacker="rules", rows=13, lost=0),
    MixPart(origin="twin", kind="call", attacker=None, rows=41, lost=0),
    MixPart(origin="no_call", kind="no_call", attacker=None, rows=13, lost=2),
]


@pytest.fixture
def learnt(two_rounds):
    baseline, followed = two_rounds
    return [baseline, replace(followed, result=followed.result.model_copy(update={"mix": PARTS}))]


def test_the_page_has_a_table_of_the_training_set(learnt, weather_seed):
    page = render_page(build(learnt, {"w1": weather_seed}))
    assert "What the model of r01 learnt from" in page
    for cells in (
        "attacks by the query model of r01</th><td>41</td><td>23</td><td>0</td><td>0</td>",
        "attacks by composed rules</th><td>0</td><td>0</td><td>13</td><td>0</td>",
        "all rows</th><td>82</td><td>23</td><td>26</td><td>2</td>",
    ):
        assert cells in page


def test_so_has_the_markdown(learnt, weather_seed):
    text = render_markdown(build(learnt, {"w1": weather_seed}))
    assert "## What the last model learnt from" in text
    assert "| attacks by the query model of r01 | 41 | 23 | 0 | 0 |" in text
    assert "| all rows | 82 | 23 | 26 | 2 |" in text


def test_so_has_the_table_at_the_end_of_a_round(learnt):
    shown = round_table([played.result for played in learnt], color=False)
    assert "untouched, the attacked seeds" in shown
    assert "all rows" in shown


def test_a_baseline_learnt_from_no_mix(two_rounds, weather_seed):
    contents = build(two_rounds[:1], {"w1": weather_seed})
    assert "learnt from" not in render_page(contents)
    assert "learnt from" not in render_markdown(contents)
