"""Attacks that change the tools: a family apart, shown with the right call in the names that the target saw."""

from dataclasses import replace

import pytest

from sparring.errors import InputError
from sparring.report import build, write_report
from sparring.report.page import render_page, tool_changes, trial_table
from sparring.report.rounds import observe, read_rounds
from sparring.statistics import rate
from sparring.storage import write_jsonl


@pytest.fixture
def attacked(make, two_rounds):
    """Round r01 with one request each under renamed and under shuffled tools."""
    before = [make.trial("n", strategy="schema:rename_functions"), make.trial("s", strategy="schema:shuffle")]
    after = [
        make.trial("n", make.no_call, strategy="schema:rename_functions"),
        make.trial("s", strategy="schema:shuffle"),
    ]
    shares = {
        "schema_success": rate(1, 2),
        "schema_success_before": rate(0, 2),
        "schema_success/rename_functions": rate(1, 1),
        "schema_success_before/rename_functions": rate(0, 1),
        "schema_success/shuffle": rate(0, 1),
        "schema_success_before/shuffle": rate(0, 1),
    }
    last = two_rounds[1]
    result = last.result.model_copy(update={"rates": last.result.rates | shares})
    return [two_rounds[0], replace(last, result=result, schema_before=before, schema=after)]


def test_they_are_listed_and_stay_out_of_the_atlas(attacked, two_rounds, weather_seed):
    with_them, without = (build(rounds, {"w1": weather_seed}) for rounds in (attacked, two_rounds))
    assert len(with_them.observations) == len(without.observations) + 4
    assert [level.clusters for level in with_them.levels] == [level.clusters for level in without.levels]
    assert with_them.untouched == without.untouched


def test_the_right_call_stands_in_the_names_that_the_target_saw(attacked, weather_seed):
    renamed, shuffled = (one for one in observe(attacked, {"w1": weather_seed}) if one.rows == "tools changed")
    assert [(one.target, one.outcome) for one in (renamed, shuffled)] == [
        ("r01", "wrong answer"),
        ("r01", "right answer"),
    ]
    assert renamed.seed.gold[0].name == renamed.seed.tools[0].name != weather_seed.gold[0].name
    assert shuffled.seed.gold == weather_seed.gold
    table = trial_table([renamed, shuffled])
    assert [seed[0] for seed in table["seeds"]] == ["w1 (rename_functions)", "w1 (shuffle)"]


def test_the_page_counts_them_by_change_before_and_after(attacked, weather_seed):
    assert list(tool_changes(attacked[1].result)) == ["shuffle", "rename_functions"]
    contents = build(attacked, {"w1": weather_seed})
    html = render_page(contents).replace("\u00a0", " ")
    assert (
        '<th scope="row">rename functions</th><td>0 % (0 % to 79.3 %), 0 of 1</td><td>100 % (20.7 % to 100 %)' in html
    )
    words = "\n".join(contents.sentences).replace("\u00a0", " ")
    assert "beside others, answered wrongly: 1 of 2 (50.0 %" in words
    assert "the model before: 0 of 2 (0 %" in words


def test_they_are_read_where_a_round_has_them(tmp_path, make, attacked, weather_seed):
    make.write(tmp_path, attacked, [weather_seed])
    assert [played.schema for played in read_rounds(tmp_path)] == [[], []]
    folder = tmp_path / "data" / "rounds" / "r01"
    write_jsonl(folder / "schema.jsonl", attacked[1].schema)
    write_jsonl(folder / "schema_before.jsonl", attacked[1].schema_before)
    assert read_rounds(tmp_path)[1].schema == attacked[1].schema
    write_jsonl(folder / "schema.jsonl", [make.trial("x", strategy="schema:invented")])
    with pytest.raises(InputError, match=r"attack x: strategy: 'invented' is none of \["):
        write_report(tmp_path, tmp_path / "out")
