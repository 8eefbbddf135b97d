"""Learning curves, operators and cross-play in the report: numbers beside each drawing, words beside the matrix."""

import pytest

from sparring.errors import InputError
from sparring.report import build, write_report
from sparring.report.crossing import crossing_figure, crossing_words
from sparring.report.learning import learning_figures
from sparring.report.markdown import render_markdown
from sparring.report.page import render_page
from sparring.statistics import rate
from sparring.storage import write_text
from sparring.studies.cross_play import matrix, matrix_table, read_matrix, save_matrix

NUM_SEEDS = 12


@pytest.fixture
def crossed(make):
    """Three attackers on two targets; the last target withstands r01's attacks, and the fresh one's as badly as r00."""
    lost = {
        ("r00", "r00"): 6, ("r00", "r01"): 6, ("r01", "r00"): 11, ("r01", "r01"): 0,
        ("fresh 101", "r00"): 6, ("fresh 101", "r01"): 7,
    }  # fmt: skip
    trials = {
        pair: [
            make.trial(f"{pair}{i}{j}", make.no_call if i < count else make.right, f"s{i}")
            for i in range(NUM_SEEDS)
            for j in range(2)
        ]
        for pair, count in lost.items()
    }
    return matrix(trials, NUM_SEEDS, 2)


def test_gains_are_paired_by_seed_from_the_first_target_to_the_last(crossed):
    gains = {gain.query: gain for gain in crossed.gains}
    assert {name: gain.difference for name, gain in gains.items()} == {
        "r00": 0.0,
        "r01": pytest.approx(11 / 12),
        "fresh 101": pytest.approx(-1 / 12),
    }
    assert gains["r01"].p_value < 0.01 < gains["fresh 101"].p_value
    assert 0 < gains["r01"].low <= gains["r01"].difference <= gains["r01"].high
    assert "r01: r01 lets +0.917" in matrix_table(crossed)


def test_each_cell_tells_both_kinds_apart(make, weather_seed):
    declining = weather_seed.model_copy(update={"id": "n1", "category": "irrelevance", "gold": []})
    lost = [make.trial("a", make.right), make.trial("b", make.no_call), make.trial("c", make.no_call, "n1")]
    examples = {weather_seed.id: weather_seed, "n1": declining}
    (cell,) = matrix({("r00", "r00"): lost}, 2, 1, examples).cells
    assert {kind: (share.count, share.total) for kind, share in cell.by_kind.items()} == {
        "call": (1, 2),
        "no_call": (1, 1),
    }
    found = matrix({("r00", "r00"): lost}, 2, 1, examples)
    (sentence,) = crossing_words(found)
    assert "the attacker of r00 wins 50.0" in sentence
    assert {row["of"] for row in crossing_figure(found).rows} >= {"attacker r00, request wants none"}
    said = matrix_table(found)
    assert "wants a call 0.500" in said
    assert "wants none 1.000" in said


def test_an_attacker_without_two_seeds_or_a_second_target_has_no_gain(make):
    alone = [make.trial("a", make.no_call, "s0")]
    assert matrix({("r00", "r00"): alone, ("r00", "r01"): alone}, 1, 1).gains == []
    assert matrix({("r00", "r00"): alone}, 1, 1).gains == []


def test_the_words_tell_a_beaten_opponent_from_a_fixed_weakness(crossed):
    assert crossing_words(None) == []
    assert crossing_words(crossed)[0] == "The attacker of r00 wins as often on the target of r01 as on that of r00."
    assert "The attacker of r01 wins less often" in crossing_words(crossed)[1]
    assert "more than chance explains" in crossing_words(crossed)[1]
    fresh = crossing_words(crossed)[2]
    assert fresh.startswith("The fresh attacker (fresh 101), which no target was trained against, wins more often")
    assert "may be chance (p = 1.00)" in fresh


def test_the_matrix_is_read_back_and_shown(tmp_path, make, two_rounds, weather_seed, crossed):
    path = tmp_path / "data" / "cross_play.json"
    assert read_matrix(path) is None
    save_matrix(path, crossed)
    assert read_matrix(path) == crossed
    make.write(tmp_path, two_rounds, [weather_seed])
    html = write_report(tmp_path, tmp_path / "report").read_text()
    assert '<th scope="row">fresh 101</th><td>50.0\u00a0% (' in html
    assert html.count("which no target was trained against") == 2
    assert "| fresh 101 | 50.0" in (tmp_path / "report" / "report.md").read_text()
    assert (tmp_path / "report" / "cross_play.csv").read_text().startswith("round,of,count,total,value,low,high\nr00,")
    write_text(path, '{"seeds": "many"}')
    with pytest.raises(InputError, match=r"cross_play.json: seeds: "):
        write_report(tmp_path, tmp_path / "report")


def test_cross_play_that_was_not_played_is_said_so(two_rounds, weather_seed):
    contents = build(two_rounds, {"w1": weather_seed})
    assert "Not measured: cross-play was not played." in render_page(contents)
    assert "Every attacker" not in render_markdown(contents)


def test_a_matrix_over_nothing_is_not_drawn(make):
    rejected = [make.trial("a", seed="s0", rejected_by="leak")]
    found = matrix({("r00", "r00"): rejected}, 1, 1)
    assert crossing_figure(found) is None
    assert found.success("r00", "r00").value is None


def test_curves_run_through_the_rounds_and_leave_out_what_was_not_measured(make):
    rounds = [
        make.played("r00"),
        make.played("r01", "r00", curves={"total": [0.1, 0.2], "success": [None, 0.5], "entropy": [2.0, 1.9]}),
        make.played("r02", "r01", curves={"total": [0.3], "hardness": [0.4]}),
    ]
    curves, terms = learning_figures(rounds)
    assert (curves.name, terms.name) == ("learning_curves", "reward_terms")
    assert [(row["round"], row["at"], row["of"], row["value"]) for row in curves.rows] == [
        ("r01", 1, "reward", 0.1),
        ("r01", 2, "reward", 0.2),
        ("r01", 2, "success of valid ones", 0.5),
        ("r02", 3, "reward", 0.3),
    ]
    assert [(row["round"], row["at"], row["of"]) for row in terms.rows] == [("r02", 3, "hardness")]


def test_rounds_that_kept_only_the_two_ends_are_drawn_by_them(make):
    rounds = [make.played("r00"), make.played("r01", "r00", rewards={"total_first_quarter": 0.1})]
    assert [figure.name for figure in learning_figures(rounds)] == ["rewards"]


def test_operators_are_drawn_with_what_was_measured(make):
    measured = {
        "typos": {"valid": rate(8, 10), "success": rate(2, 8)},
        "aside": {"valid": rate(0, 3), "success": rate(0, 0)},
    }
    (figure,) = learning_figures([make.played("r01", "r00", operators=measured)])
    assert [(row["round"], row["of"], row["value"]) for row in figure.rows] == [
        ("typos", "valid", 0.8),
        ("typos", "success", 0.25),
        ("aside", "valid", 0.0),
        ("aside", "success", None),
    ]
