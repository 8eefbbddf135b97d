import numpy as np
import pytest
from scipy.stats import binomtest

from sparring.statistics import minimum_detectable_effect, paired_difference, paired_p_value, rate


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
