import numpy as np
import pytest
from scipy.stats import binomtest

from sparring.statistics import (
    clustered_rate,
    minimum_detectable_effect,
    paired_by_cluster,
    paired_difference,
    paired_p_value,
    rate,
)


@pytest.mark.parametrize(("count", "total"), [(0, 10), (7, 56), (10, 10), (330, 1000)])
def test_intervals_equal_scipys_wilson(count, total):
    interval = binomtest(count, total).proportion_ci(0.95, method="wilson")
    found = rate(count, total)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_a_rate_over_nothing_is_undefined():
    found = rate(0, 0)
    assert (found.value, found.low, found.high) == (None, None, None)
    with pytest.raises(ValueError, match="between 0 and"):
        rate(3, 2)


def test_wilson_intervals_cover():
    rng = np.random.default_rng(0)
    hits = sum(
        rate(int(drawn), 60).low <= share <= rate(int(drawn), 60).high
        for share in (0.05, 0.15, 0.5)
        for drawn in rng.binomial(60, share, size=400)
    )
    assert hits / 1200 >= 0.93


def test_the_paired_test_equals_the_binomial_test_on_changed_rows():
    before = [True] * 10 + [False] * 4 + [True] * 20
    after = [False] * 10 + [True] * 4 + [True] * 20
    assert paired_p_value(before, after) == pytest.approx(binomtest(4, 14, 0.5).pvalue)
    assert paired_p_value([True], [True]) == 1.0


def test_the_paired_test_keeps_its_level():
    rng = np.random.default_rng(1)
    rejected = sum(paired_p_value(list(rng.random(40) < 0.3), list(rng.random(40) < 0.3)) <= 0.05 for _ in range(400))
    assert rejected / 400 <= 0.07


def test_the_bootstrap_draws_whole_clusters():
    before, after = [False] * 40, [True] * 20 + [False] * 20
    rows = [str(i) for i in range(40)]
    tools = ["a"] * 20 + ["b"] * 20
    alone, together = paired_difference(before, after, rows, 0), paired_difference(before, after, tools, 0)
    assert alone[0] == together[0] == 0.5
    assert together[2] - together[1] > alone[2] - alone[1]
    assert paired_difference(before, after, tools, 0) == together


@pytest.mark.parametrize("sizes", [[1] * 27, [1, 2, 3, 1] * 10], ids=["alone", "many"])
def test_the_bootstrap_by_cluster_covers(sizes):
    rng = np.random.default_rng(3)
    names = [str(i) for i, size in enumerate(sizes) for _ in range(size)]
    covered = 0
    for _ in range(300):
        chances = (np.repeat(rng.beta(1.5, 2.5, len(sizes)), sizes) for _ in range(2))  # alike on average
        rows = [list(rng.random(len(names)) < chance) for chance in chances]
        _, low, high = paired_difference(*rows, names, seed=1, num_draws=500)
        covered += low <= 0.0 <= high
    assert covered / 300 >= 0.93


def test_the_paired_test_keeps_its_level_where_both_models_are_alike_on_a_row():
    rng = np.random.default_rng(4)
    rejected = 0
    for _ in range(1000):
        chance = rng.beta(1.0, 1.0, 60)
        rejected += paired_p_value(list(rng.random(60) < chance), list(rng.random(60) < chance)) <= 0.05
    assert rejected / 1000 <= 0.05


def test_the_minimum_detectable_effect_shrinks_with_the_root_of_the_rows():
    assert minimum_detectable_effect(0.3, 400) == pytest.approx(minimum_detectable_effect(0.3, 100) / 2)
    with pytest.raises(ValueError, match="at least one row"):
        minimum_detectable_effect(0.3, 0)


UNEQUAL = {
    "three": [1, 2, 9],
    "five": [1, 1, 2, 6, 10],
    "eight": [1, 1, 1, 2, 2, 4, 8, 12],
    "twelve": [1] * 6 + [3] * 3 + [6, 9, 12],
    "twenty": [1] * 10 + [4] * 8 + [20] * 2,
    "thirty": [1, 2, 3, 4, 5, 6] * 5,
    "forty of two": [2] * 40,
    "alone": [1] * 27,
}


@pytest.mark.parametrize("sizes", UNEQUAL.values(), ids=UNEQUAL)
@pytest.mark.parametrize(("share", "alike"), [(0.05, 0.2), (0.3, 0.5), (0.5, 0.8)])
def test_the_clustered_interval_covers_also_over_few_clusters_of_unequal_size(share, alike, sizes):
    rng = np.random.default_rng(0)
    a, b = share * (1 - alike) / alike, (1 - share) * (1 - alike) / alike
    covered = 0
    for _ in range(600):
        successes = rng.binomial(sizes, rng.beta(a, b, len(sizes)))
        found = clustered_rate({str(i): (int(c), n) for i, (c, n) in enumerate(zip(successes, sizes, strict=True))})
        covered += found.low <= share <= found.high
    assert covered / 600 >= 0.93


def test_clusters_that_are_all_alike_count_as_one_row_each():
    found = clustered_rate({str(i): (4 * (i < 5), 4) for i in range(20)})
    alone = rate(5, 20)
    assert found.value == alone.value
    assert found.low == pytest.approx(alone.low, abs=0.02)
    assert found.high == pytest.approx(alone.high, abs=0.04)


def test_a_single_cluster_tells_as_much_as_one_row():
    found, alone = clustered_rate({"a": (9, 9)}), rate(1, 1)
    assert (found.count, found.total) == (9, 9)
    assert (found.low, found.high) == pytest.approx((alone.low, alone.high))
    mixed = clustered_rate({"a": (3, 9)})
    assert mixed.low < 0.05
    assert mixed.high > 0.85


def test_clusters_that_all_have_the_same_share_have_an_interval():
    found = clustered_rate({str(i): (1, 2) for i in range(20)})
    assert found.low < 0.37
    assert found.high > 0.63


def test_a_cluster_beyond_its_rows_is_refused():
    with pytest.raises(ValueError, match="not between 0 and its total"):
        clustered_rate({"a": (3, 2)})


def test_a_clustered_rate_over_nothing_is_none_and_over_no_success_has_an_interval():
    assert clustered_rate({"a": (0, 0)}).value is None
    assert clustered_rate({str(i): (0, 9) for i in range(30)}).high == pytest.approx(rate(0, 30).high)


def test_the_test_by_cluster_keeps_its_level_and_finds_a_difference(monkeypatch):
    monkeypatch.setattr("sparring.statistics.NUM_DRAWS", 499)
    rng = np.random.default_rng(1)

    def sides(shift):
        chance = rng.beta(1.0, 2.0, 40)
        mine = rng.binomial(4, np.minimum(chance + shift, 1.0))
        return ({str(i): (int(count), 4) for i, count in enumerate(side)} for side in (mine, rng.binomial(4, chance)))

    alike = [paired_by_cluster(*sides(0.0), seed=1)[3] <= 0.05 for _ in range(200)]
    apart = [paired_by_cluster(*sides(0.3), seed=1)[3] <= 0.05 for _ in range(50)]
    assert sum(alike) / 200 <= 0.09
    assert sum(apart) / 50 >= 0.9
