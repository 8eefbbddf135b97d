"""Two samples of attacks: the textbook's numbers where each stands alone, clusters where several share a seed."""

import numpy as np
import pytest
from scipy.stats import fisher_exact
from statsmodels.stats.proportion import confint_proportions_2indep

from sparring.studies import unpaired
from sparring.studies.unpaired import unpaired_difference


def alone(count, total):
    return {str(number): (int(number < count), 1) for number in range(total)}


def clusters(counts, size=4):
    return {str(number): (int(count), size) for number, count in enumerate(counts)}


@pytest.mark.parametrize(("before", "after"), [((4, 40), (20, 40)), ((0, 12), (5, 30)), ((7, 7), (7, 9))])
def test_attacks_on_seeds_of_their_own_have_newcombes_interval_and_fishers_test(before, after):
    difference, low, high, p_value = unpaired_difference(alone(*before), alone(*after), seed=1)
    assert difference == pytest.approx(after[0] / after[1] - before[0] / before[1])
    assert (low, high) == pytest.approx(confint_proportions_2indep(*after, *before, method="newcomb"))
    rows = [(count, total - count) for count, total in (after, before)]
    assert p_value == pytest.approx(fisher_exact(rows)[1])


def test_seeds_that_win_all_or_nothing_count_as_one_row_each():
    before, after = clusters([4] * 8 + [0] * 32), clusters([4] * 16 + [0] * 24)
    together, one_by_one = unpaired_difference(before, after, 1), unpaired_difference(alone(8, 40), alone(16, 40), 1)
    assert together[0] == pytest.approx(one_by_one[0])
    assert together[1:] == pytest.approx(one_by_one[1:], abs=0.05)
    assert together[3] > 20 * unpaired_difference(alone(32, 160), alone(64, 160), 1)[3]


def test_the_same_seed_draws_the_same_and_turning_the_sides_turns_the_sign():
    before, after = clusters([1, 4, 0, 2, 2]), clusters([3, 4, 4, 1])
    found, turned = unpaired_difference(before, after, 1), unpaired_difference(after, before, 1)
    assert found == unpaired_difference(before, after, 1)
    assert (turned[0], turned[1], turned[2]) == pytest.approx((-found[0], -found[2], -found[1]))
    assert turned[3] == pytest.approx(found[3], abs=0.02)


def test_nothing_moved_is_no_difference_and_nothing_played_has_none():
    assert unpaired_difference(clusters([2, 2]), clusters([2, 2]), 1)[::3] == (0.0, 1.0)
    with pytest.raises(ValueError, match="undefined"):
        unpaired_difference({"a": (0, 0)}, alone(1, 2), 1)


@pytest.mark.parametrize("sizes", [(4, 4), (1, 4)], ids=["alike", "of other sizes"])
def test_correlated_attacks_give_no_more_false_alarms_and_intervals_cover(monkeypatch, sizes):
    monkeypatch.setattr(unpaired, "NUM_DRAWS", 499)
    rng, rounds = np.random.default_rng(2), 1000
    alarms = covered = 0
    for _ in range(rounds):
        sides = [clusters(rng.binomial(size, rng.beta(0.3, 0.7, 60)), size) for size in sizes]
        _, low, high, p_value = unpaired_difference(*sides, seed=1)
        alarms += p_value <= 0.05
        covered += low <= 0.0 <= high
    assert alarms / rounds <= 0.06
    assert covered / rounds >= 0.93
