from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar as reference_mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from sparring.statistics import (
    clustered_rate,
    holm,
    mcnemar,
    minimum_detectable_effect,
    paired_by_cluster,
    paired_p_value,
    rate,
    wilson,
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
    alone = list(map(str, range(34)))
    assert paired_p_value(before, after, alone) == pytest.approx(binomtest(4, 14, 0.5).pvalue)
    assert paired_p_value([True], [True], ["0"]) == 1.0
    with pytest.raises(ValueError, match="not paired"):
        paired_p_value([True], [True], [])


def test_the_paired_test_keeps_its_level():
    rng = np.random.default_rng(1)
    alone = list(map(str, range(40)))
    rejected = sum(
        paired_p_value(list(rng.random(40) < 0.3), list(rng.random(40) < 0.3), alone) <= 0.05 for _ in range(400)
    )
    assert rejected / 400 <= 0.07


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 4)), min_size=1, max_size=14))
def test_the_paired_test_by_cluster_counts_all_flips_of_sign(rows):
    before, after, clusters = ([row[place] for row in rows] for place in range(3))
    gains = Counter()
    for b, a, cluster in rows:
        gains[cluster] += a - b
    sums = [
        sum(sign * gain for sign, gain in zip(signs, gains.values(), strict=True))
        for signs in product((1, -1), repeat=len(gains))
    ]
    wanted = sum(abs(found) >= abs(sum(gains.values())) for found in sums) / len(sums)
    assert paired_p_value(before, after, list(map(str, clusters))) == pytest.approx(wanted)


def alike_on_a_seed(rng, seeds=60, attacks=4):
    """Two models that are equally good, and four attacks a seed that nearly all win or nearly all lose."""
    chances = (np.repeat(rng.beta(0.3, 0.7, seeds), attacks) for _ in range(2))
    return [list(rng.random(seeds * attacks) < chance) for chance in chances]


def test_four_attacks_a_seed_give_no_more_false_alarms_than_one():
    """One by one they would: McNemar's test over the rows calls a fifth of these rounds a difference."""
    rng, rounds = np.random.default_rng(5), 1000
    seeds = [str(number // 4) for number in range(240)]
    by_seed = one_by_one = 0
    for _ in range(rounds):
        before, after = alike_on_a_seed(rng)
        by_seed += paired_p_value(before, after, seeds) <= 0.05
        one_by_one += paired_p_value(before, after, list(map(str, range(240)))) <= 0.05
    assert by_seed / rounds <= 0.06
    assert one_by_one / rounds > 0.15


def test_a_difference_is_found_by_seed_as_well():
    rng = np.random.default_rng(6)
    seeds = [str(number // 4) for number in range(240)]
    found = 0
    for _ in range(100):
        before, after = alike_on_a_seed(rng)
        mended = [right or drawn for right, drawn in zip(after, rng.random(240) < 0.5, strict=True)]
        found += paired_p_value(before, mended, seeds) <= 0.05
    assert found >= 95


def test_the_paired_test_keeps_its_level_where_both_models_are_alike_on_a_row():
    rng = np.random.default_rng(4)
    rejected = 0
    for _ in range(1000):
        chance = rng.beta(1.0, 1.0, 60)
        rows = list(rng.random(60) < chance), list(rng.random(60) < chance)
        rejected += paired_p_value(*rows, list(map(str, range(60)))) <= 0.05
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


@given(st.integers(0, 400), st.integers(1, 400), st.floats(0.01, 1.0))
def test_an_interval_has_the_bits_of_statsmodels(count, total, effect):
    share, effective = min(count, total) / total, total * effect
    wanted = proportion_confint(share * effective, effective, alpha=1 - 0.95, method="wilson")
    assert wilson(share * effective / effective, effective) == tuple(map(float, wanted))


@given(st.integers(0, 300), st.integers(0, 300))
def test_mcnemars_test_has_the_bits_of_statsmodels(won, lost):
    wanted = float(reference_mcnemar([[0, lost], [won, 0]], exact=True).pvalue) if won + lost else 1.0
    assert mcnemar(won, lost) == wanted


@settings(max_examples=25)  # each call of theirs collects garbage, a quarter of a second of a process that tests
@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=40))
def test_holms_correction_has_the_bits_of_statsmodels(found):
    wanted = multipletests(found, method="holm")[1]
    assert list(holm(dict(enumerate(found))).values()) == [float(value) for value in wanted]
