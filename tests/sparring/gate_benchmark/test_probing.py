"""The bound of a probe: what passes is right often enough, on rows that it was not fitted to."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparring.engine.probe import Fitted
from sparring.errors import InputError
from sparring.gate_benchmark import Half, natural_cases
from sparring.gate_benchmark.emptied import SCRAPS, emptied_cases
from sparring.gate_benchmark.probing import lowest_bound, probing, probing_table

SCORED = st.lists(st.tuples(st.integers(-5, 5), st.booleans()), min_size=2, max_size=30)


@given(SCORED, st.sampled_from([0.5, 0.8, 0.95, 1.0]))
def test_the_bound_is_the_lowest_that_gives_the_share(rows, wanted):
    scores, labels = np.array([float(score) for score, _ in rows]), [label for _, label in rows]

    def share(bound):
        passed = [label for score, label in zip(scores, labels, strict=True) if score > bound]
        return sum(passed) / len(passed) if passed else 0.0

    between = [(low + high) / 2 for low, high in zip(sorted(set(scores)), sorted(set(scores))[1:], strict=False)]
    fitting = [bound for bound in between if share(bound) >= wanted]
    assert lowest_bound(scores, labels, wanted) == (min(fitting) if fitting else None)


FITTED = Fitted(model="m", question="q", layer=1, dtype="float32", rows="r")


def states(rows, shift):
    return np.random.default_rng(0).normal(size=(len(rows), 30)) + shift * np.array([[row.valid] for row in rows])


def known(rows):
    return [frozenset(["call" if row.gold else "no_call"]) for row in rows]


def test_a_probe_accepts_what_it_accepted_unseen_and_tells_both_kinds_of_seeds():
    rows = natural_cases(Half.MENDED)
    found = probing(rows, states(rows, 1.0), known(rows), len(rows), 0.95, FITTED)
    assert found.area > 0.95
    passed = [row.valid for row, ok in zip(rows, found.accepted, strict=True) if ok]
    assert sum(passed) / len(passed) >= 0.95
    assert sum(passed) > 0.6 * sum(row.valid for row in rows)
    scores = found.probe.scores(states(rows, 1.0))
    again = [found.probe.says(score, each) for score, each in zip(scores, known(rows), strict=True)]
    assert np.mean(np.array(again) == np.array(found.accepted)) > 0.9
    assert set(found.probe.evidence) == {"call", "no_call"}
    table = probing_table(rows, found)
    assert list(table.columns[0].cells) == ["with a call", "without"]
    assert sum(int(cell) for cell in list(table.columns[1].cells)) == len(rows)


def test_what_tells_nothing_apart_is_refused():
    rows = natural_cases(Half.MENDED)
    with pytest.raises(InputError, match="cannot tell these rewrites apart"):
        probing(rows, np.zeros((len(rows), 3)), known(rows), len(rows), 0.95, FITTED)


def test_rows_behind_the_judged_ones_are_fitted_to_and_choose_no_bound():
    rows = natural_cases(Half.MENDED)
    more = emptied_cases(rows, 60, 17)
    both = [*rows, *more]
    made = states(both, 0.6)
    found = probing(both, made, known(both), len(rows), 0.9, FITTED)
    alone = probing(rows, made[: len(rows)], known(rows), len(rows), 0.9, FITTED)
    assert len(found.accepted) == len(rows)
    assert found.probe.weights != alone.probe.weights
    passed = [row.valid for row, ok in zip(rows, found.accepted, strict=True) if ok]
    assert sum(passed) / len(passed) >= 0.9


def test_emptied_rewrites_keep_no_label_and_are_those_of_the_seed_of_draws():
    rows = natural_cases(Half.MENDED)
    made = emptied_cases(rows, 100, 17)
    assert made == emptied_cases(rows, 100, 17) != emptied_cases(rows, 100, 18)
    assert len({row.seed for row in made}) == len(made) == 100
    assert not any(row.valid for row in made)
    assert all(row.gold for row in made)
    assert len({row.kind for row in made}) == 5
    cut = [row for row in made if row.kind == "cut short"]
    assert any(row.seed.startswith(row.rewrite) for row in cut)
    assert all(row.seed.startswith(row.rewrite) or row.rewrite in SCRAPS for row in cut)
    seeds = {row.seed: row for row in rows}
    for row in made:
        if row.kind == "another's request":
            assert not {t["name"] for t in seeds[row.rewrite].functions} & {t["name"] for t in row.functions}
