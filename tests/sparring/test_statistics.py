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


def test_the_minimum_detectable_effect_shrinks_with_the_root_of_the_rows():
    assert minimum_detectable_effect(0.3, 400) == pytest.approx(minimum_detectable_effect(0.3, 100) / 2)
    with pytest.raises(ValueError, match="at least one row"):
        minimum_detectable_effect(0.3, 0)


@pytest.mark.parametrize(
    ("share", "alike", "clusters", "rows"), [(0.1, 0.3, 40, 2), (0.3, 0.5, 40, 4), (0.02, 0.2, 40, 2)]
)
def test_the_clustered_interval_covers_where_rows_of_a_cluster_are_alike(share, alike, clusters, rows):
    rng = np.random.default_rng(0)
    a, b = share * (1 - alike) / alike, (1 - share) * (1 - alike) / alike
    covered = 0
    for _ in range(400):
        successes = rng.binomial(rows, rng.beta(a, b, clusters))
        found = clustered_rate({str(i): (int(count), rows) for i, count in enumerate(successes)})
        covered += found.low <= share <= found.high
    assert covered / 400 >= 0.93


def test_clusters_that_are_all_alike_count_as_one_row_each():
    found = clustered_rate({str(i): (4 * (i < 5), 4) for i in range(20)})
    alone = rate(5, 20)
    assert found.value == alone.value
    assert found.low == pytest.approx(alone.low, abs=0.02)
    assert found.high == pytest.approx(alone.high, abs=0.04)


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
