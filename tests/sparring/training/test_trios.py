"""Every step of a target that learns by verdicts compares an attack with its seed, and a call with none."""

from collections import Counter
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparring.records import Example, SFTExample
from sparring.training.trios import in_trios

CATEGORIES = {True: "irrelevance", False: "simple_python"}


def row(seed, no_call, origin):
    """A row of a training set with what it asks."""
    example = Example(id=f"{seed}-{no_call}", source="", category=CATEGORIES[no_call], tools=[], messages=[], gold=[])
    return SFTExample(id=f"{origin}:{seed}", messages=[], tools=[], completion="", origin=origin), example


def numbered(drawn):
    rows, asked = zip(*(row(*each) for each in drawn), strict=True)
    return list(rows), list(asked)


@st.composite
def training_sets(draw):
    """Seeds of either kind with some attacks and perhaps a twin, in any order."""
    drawn = []
    for seed in range(draw(st.integers(1, 8))):
        no_call = draw(st.booleans())
        drawn += [(seed, no_call, "attack")] * draw(st.integers(0, 3))
        drawn += [(seed, no_call, "no_call" if no_call else "clean")] * draw(st.integers(0, 1))
    return numbered(draw(st.permutations(drawn))) if drawn else numbered([(0, False, "clean")])


@given(training_sets(), st.integers(1, 16), st.integers(1, 3))
def test_a_trio_is_an_attack_its_twin_and_a_row_that_wants_the_other(made, batch, epochs):
    rows, asked = made
    batches = in_trios(rows, asked, batch, epochs)
    numbers = list(chain.from_iterable(batches))
    assert len({len(each) for each in batches}) == 1
    assert len(rows) * epochs <= len(numbers) < len(rows) * epochs + len(batches[0])
    attacked = [number for number, each in enumerate(rows) if not each.untouched]
    untouched = [number for number, each in enumerate(rows) if each.untouched]
    if not attacked or not untouched:
        assert numbers == [number % len(rows) for number in range(len(numbers))]
        return
    assert len(batches[0]) == max(batch // 3, 1) * 3
    for attack, twin, other in zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True):
        seed = asked[attack]
        assert rows[twin].untouched
        assert rows[other].untouched
        if any(asked[number].id == seed.id for number in untouched):
            assert asked[twin].id == seed.id
        if any(asked[number].wants_no_call != seed.wants_no_call for number in untouched):
            assert asked[other].wants_no_call != seed.wants_no_call
    times = Counter(numbers[::3])
    assert max(times.values()) - min(times[number] for number in attacked) <= 1


@pytest.mark.parametrize(("batch", "per_step"), [(8, 6), (3, 3), (2, 3), (12, 12)])
def test_a_step_holds_whole_trios(batch, per_step):
    rows, asked = numbered([(0, False, "attack"), (0, False, "clean"), (1, True, "no_call"), (1, True, "attack")])
    first = in_trios(rows, asked, batch, 3)[0]
    assert len(first) == per_step
    assert first[:3] == [0, 1, 2]
    assert per_step == 3 or first[3:6] == [3, 2, 1]
