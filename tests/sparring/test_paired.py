"""Two targets on the same rows: the score interval against published ones, clusters, and what so many rows can show."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, norm

from sparring.paired import EDGE, Paired, margin_shown, rows_alone, rows_for_margin, score


def changed(gained, lost, rows, clusters=None):
    """So many rows gained, lost, and right on both sides."""
    before = [False] * gained + [True] * (rows - gained)
    after = [True] * gained + [False] * lost + [True] * (rows - gained - lost)
    return Paired(before, after, clusters or list(map(str, range(rows))))


@pytest.mark.parametrize(
    ("gained", "lost", "rows", "low", "high"),
    [(1, 7, 21, -0.517, -0.026), (6, 16, 161, -0.1240, -0.0054), (16, 6, 161, 0.0054, 0.1240)],
    ids=["airways", "complete response", "the same, turned round"],
)
def test_the_score_is_tangos(gained, lost, rows, low, high):
    """Fagerland, Lydersen and Laake (2017, chapter 8) print these limits of two published tables."""
    wanted = norm.ppf(0.975)
    assert score(gained, lost, rows, low) == pytest.approx(wanted, abs=0.01)
    assert score(gained, lost, rows, high) == pytest.approx(-wanted, abs=0.01)


@pytest.mark.parametrize(
    ("gained", "lost", "rows"),
    [(0, 0, 1), (0, 0, 20), (1, 0, 1), (0, 1, 1), (30, 0, 30), (0, 30, 30), (1, 7, 21), (5, 5, 1000)],
)
def test_intervals_hold_what_was_found_and_a_side_turned_round_is_its_mirror(gained, lost, rows):
    found, turned = changed(gained, lost, rows), changed(lost, gained, rows)
    low, high = found.interval()
    assert -1.0 <= low <= found.floor <= found.difference <= high <= 1.0
    assert turned.interval() == pytest.approx((-high, -low))
    assert turned.difference == -found.difference


def test_rows_on_which_nothing_changed_show_only_so_much():
    """A bootstrap would say that nothing can have been lost."""
    assert changed(0, 0, 20).floor == pytest.approx(-0.130, abs=0.001)
    assert changed(0, 0, 60).floor == pytest.approx(-0.044, abs=0.001)
    assert changed(0, 0, 600).floor > -0.005


@given(
    st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 5)), min_size=1, max_size=40),
    st.integers(1, 4),
)
@settings(max_examples=60, deadline=None)
def test_rows_that_are_copies_of_one_another_tell_no_more_than_one_of_them(rows, copies):
    before, after, _ = (list(column) for column in zip(*rows, strict=True))
    names = list(map(str, range(len(rows))))
    once, often = Paired(before, after, names), Paired(before * copies, after * copies, names * copies)
    assert often.difference == pytest.approx(once.difference)
    assert often.p_value == once.p_value
    assert often.effective_rows == pytest.approx(len(rows))
    assert often.interval() == pytest.approx(once.interval(), abs=1e-6)


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 5)), min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_clusters_never_tell_more_than_as_many_rows_that_stand_alone(rows):
    before, after, clusters = (list(column) for column in zip(*rows, strict=True))
    alone = Paired(before, after, list(map(str, range(len(rows)))))
    together = Paired(before, after, list(map(str, clusters)))
    assert together.floor <= alone.floor + EDGE * 10
    assert together.effective_rows <= len(rows) + EDGE


@pytest.mark.parametrize("rows", [100, 200])
@pytest.mark.parametrize("discordant", [0.06, 0.1, 0.2])
def test_a_loss_of_the_margin_is_missed_in_one_of_twenty_cases(rows, discordant):
    """Counted out over all tables, not drawn."""
    lost_share, missed = (discordant + 0.05) / 2, 0.0
    for changes, chance in enumerate(binom.pmf(range(rows), rows, discordant)):
        if chance < 1e-6:
            continue
        for lost in range(changes + 1):
            if changed(changes - lost, lost, rows).floor >= -0.05:
                missed += chance * binom.pmf(lost, changes, lost_share / discordant)
    assert missed <= 0.05


def test_what_rows_can_show_is_what_they_show_in_four_of_five_cases():
    rng, margin = np.random.default_rng(2), 0.05
    rows = round(rows_for_margin(margin))
    assert margin_shown(rows) == pytest.approx(margin, abs=0.001)
    drawn = rng.multinomial(rows, [0.05, 0.05, 0.90], size=600)
    shown = np.mean([changed(int(gained), int(lost), rows).floor >= -margin for gained, lost, _ in drawn])
    assert 0.74 <= shown <= 0.86


@pytest.mark.parametrize(("rows", "margin"), [(60, 0.10), (30, 0.14), (1550, 0.02), (250, 0.05), (8, 0.28)])
def test_so_many_rows_show_such_a_margin(rows, margin):
    assert margin_shown(rows) == pytest.approx(margin, abs=0.006)


def test_rows_that_stand_and_fall_together_tell_as_much_as_one():
    assert rows_alone(60, together=1, alike=0.5) == 60
    assert rows_alone(60, together=6, alike=1.0) == 10
    assert rows_alone(60, together=6, alike=0.0) == 60


def test_the_rows_that_it_would_take_are_named_where_any_number_would():
    beyond, gained = changed(1, 8, 60), changed(6, 2, 60)
    assert changed(2, 4, 60).rows_to_hold(0.05) > 60
    assert beyond.rows_to_hold(0.05) is None
    assert beyond.rows_to_show_gain() is None
    assert 60 < gained.rows_to_show_gain() < 300
    fourfold = Paired(list(gained.before) * 4, list(gained.after) * 4, list(gained.clusters) * 4)
    assert fourfold.rows_to_show_gain() == pytest.approx(4 * gained.rows_to_show_gain(), abs=4)


def test_a_gain_on_as_many_rows_as_it_would_take_is_shown_in_four_of_five_cases():
    rng = np.random.default_rng(3)
    rows = changed(15, 5, 100).rows_to_show_gain()
    drawn = rng.multinomial(rows, [0.15, 0.05, 0.8], size=600)
    shown = np.mean([changed(int(gained), int(lost), rows).p_value <= 0.05 for gained, lost, _ in drawn])
    assert 0.74 <= shown <= 0.86


@pytest.mark.parametrize("sizes", [[1] * 27, [1, 2, 3, 1] * 10, [4] * 15], ids=["alone", "many", "four a seed"])
def test_the_interval_by_cluster_covers(sizes):
    rng = np.random.default_rng(3)
    names = [str(place) for place, size in enumerate(sizes) for _ in range(size)]
    covered = 0
    for _ in range(300):
        chances = (np.repeat(rng.beta(1.5, 2.5, len(sizes)), sizes) for _ in range(2))  # alike on average
        low, high = Paired(*(list(rng.random(len(names)) < chance) for chance in chances), names).interval()
        covered += low <= 0.0 <= high
    assert covered / 300 >= 0.93


def test_rows_that_are_no_pairs_are_refused():
    for sides in (([True], [], ["a"]), ([], [], [])):
        with pytest.raises(ValueError, match="not paired"):
            Paired(*sides)
