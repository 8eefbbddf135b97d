"""What validation rows say of a setting of the dials, from margins and answers alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sparring.records import Dial, DialSetting
from sparring.studies.dials import (
    LOSS,
    DialRow,
    answered_rightly,
    best_first,
    counted,
    dial_text,
    dial_words,
    most_right,
    moved,
    part_of,
    setting,
)


def row(margin, calls=True, right=True, attacked=False, later=(), draft="[]", text="[]"):
    return DialRow(
        part=part_of(attacked, calls),
        calls=calls,
        margin=margin,
        later=list(later),
        right=right,
        draft=draft,
        text=text,
    )


@pytest.mark.parametrize(
    ("answered", "offset", "score"),
    [
        (row(1.0), 0.0, 1.0),
        (row(1.0, right=False), 0.0, 0.0),
        (row(-1.0), 0.0, 0.0),
        (row(-1.0), 2.0, 1.0),
        (row(-1.0, right=False), 2.0, 0.0),
        (row(1.0), -2.0, 0.0),
        (row(-1.0, calls=False), 0.0, 1.0),
        (row(-1.0, calls=False), 2.0, 0.0),
        (row(1.0, calls=False), -2.0, 1.0),
        (row(1.0, calls=False, right=False), -2.0, 0.0),
    ],
)
def test_a_row_is_right_where_it_falls_on_its_side_and_the_answer_there_is_right(answered, offset, score):
    assert setting([answered], 1.0, offset, {answered.part: 1}, {}).score == score


def test_all_parts_weigh_the_same_however_many_rows_they_have():
    rows = [row(1.0)] * 9 + [row(1.0, calls=False)] + [row(1.0, attacked=True)] * 2 + [row(-1.0, attacked=True)] * 2
    found = setting(rows, 0.5, 0.0, most_right([rows]), {})
    assert found.shares == {"attacked/call": 0.5, "clean/call": 1.0, "clean/no_call": 0.0}
    assert found.score == pytest.approx(0.5)
    assert counted(rows) == {"attacked/call": 4, "clean/call": 9, "clean/no_call": 1}
    assert found.measured


def test_a_part_is_scored_against_what_can_be_right_in_it():
    """A third of the calls are right: declining all of them is no good bargain for the refusals that it brings."""
    calls = [row(1.0)] * 3 + [row(1.0, right=False)] * 6
    rows = calls + [row(0.5, calls=False)] * 3 + [row(2.0, calls=False)] * 6
    most = most_right([rows])
    assert most == {"clean/call": 3, "clean/no_call": 9}
    scores = {offset: setting(rows, 1.0, offset, most, {}).score for offset in (0.0, -0.75, -1.5, -2.5)}
    assert max(scores, key=scores.get) == -0.75
    assert scores[-2.5] == scores[0.0] == 0.5


def test_an_untouched_row_that_the_champion_had_right_counts_three_times_where_it_is_lost():
    """As a round ended: calls were won back, and three of five refusals were lost, which no gain made up for."""
    attacked = [row(0.5, attacked=True)] * 2 + [row(-1.5, attacked=True)] * 2
    rows = attacked + [row(1.0, calls=False)] * 4
    most = most_right([rows])
    champion = answered_rightly([row(-1.0, calls=False)] * 3 + [row(1.0, calls=False), row(1.0, calls=False)])
    assert champion == {"clean/no_call": 3}
    calling, declining = (setting(rows, 1.0, offset, most, champion) for offset in (2.0, -2.0))
    assert calling.score == pytest.approx((1.0 + 0.0 - LOSS * 3 / 4) / 2)
    assert declining.score == pytest.approx((0.0 + 1.0) / 2)
    assert setting(rows, 1.0, 2.0, most, {}).score == setting(rows, 1.0, -2.0, most, {}).score


def test_scales_are_scored_against_the_same_rows():
    weak, strong = [row(1.0), row(1.0, right=False)], [row(1.0), row(1.0)]
    most = most_right([weak, strong])
    assert [setting(rows, 1.0, 0.0, most, {}).score for rows in (weak, strong)] == [0.5, 1.0]


def test_where_nothing_can_be_right_nothing_is_scored():
    assert setting([row(1.0, right=False)], 1.0, 0.0, most_right([[row(1.0, right=False)]]), {}).score == 0.0


def tried(score, scale=1.0, offset=0.0, measured=True, error=0.0):
    return DialSetting(scale=scale, offset=offset, score=score, error=error, shares={}, measured=measured)


def test_of_equal_settings_the_one_nearest_to_the_training_is_first():
    wanted = [
        tried(0.6, 0.25, -3.0),
        tried(0.5),
        tried(0.5, 0.75),
        tried(0.5, 0.25),
        tried(0.5, 1.0, -0.5),
        tried(0.5, 1.0, 0.5),
        tried(0.5, 0.5, 0.5),
        tried(0.4),
    ]
    for turned in (wanted, wanted[::-1]):
        assert best_first(turned) == wanted


def test_within_a_standard_error_of_the_best_the_gentlest_is_first():
    """As a real target's rows told it: the best by .05 of a few rows was the worst of the three on other rows."""
    best, near, far = tried(0.804, 0.5, -3.0, error=0.051), tried(0.758, 1.0, -3.0), tried(0.696, 1.0, -2.0)
    trained = tried(0.576, error=0.1)
    assert best_first([trained, best, near, far]) == [near, best, far, trained]


def test_the_error_of_a_score_is_that_of_the_mean_of_its_parts():
    rows = [row(1.0)] * 3 + [row(-1.0)] + [row(-1.0, calls=False)] * 4
    found = setting(rows, 1.0, 0.0, most_right([rows]), {})
    assert found.error == pytest.approx((0.75 * 0.25 / 4) ** 0.5 / 2)


ROWS = st.lists(st.builds(row, st.floats(-4, 4), st.booleans(), st.booleans(), st.booleans()), min_size=1, max_size=20)


@given(ROWS, st.floats(-5, 5), st.floats(0, 5))
def test_an_offset_for_calling_helps_rows_with_a_call_and_harms_the_others(rows, offset, more):
    before, after = (setting(rows, 1.0, each, {}, {}).shares for each in (offset, offset + more))
    for part, share in before.items():
        assert after[part] >= share if part.endswith("/call") else after[part] <= share


def test_what_an_offset_moved_is_told_where_both_were_guessed_alike():
    before = [row(1.0, later=[5.0, 6.0], draft="[f()]"), row(-2.0, later=[9.0], draft="[g()]")]
    after = [row(1.8, later=[5.1, 5.7], draft="[f()]"), row(-1.0, later=[0.0, 0.0], draft="[]")]
    mean, spread, leak = moved(before, after)
    assert (mean, spread) == (pytest.approx(0.9), pytest.approx(0.1))
    assert leak == pytest.approx(0.2)


def dial(scale, offset, *settings, **more):
    return Dial(scale=scale, offset=offset, rows={"clean/call": 40, "clean/no_call": 20}, settings=[*settings], **more)


@pytest.mark.parametrize(
    ("found", "words", "cell"),
    [
        (dial(1.0, 0.0, tried(0.5), tried(0.5, offset=1.0)), "stayed where it left them", "1, +0"),
        (dial(0.5, 0.0, tried(0.5), tried(0.6, 0.5)), "50% of the trained adapter in the mean", "0.5, +0"),
        (
            dial(1.0, -2.0, tried(0.5), tried(0.6, 1.0, -2.0)),
            "-2 nats for calling: score on 60 validation rows",
            "1, -2",
        ),
        (dial(0.25, 0.5, tried(0.5), tried(0.6, 0.25, 0.5)), "before and +0.5 nats", "0.25, +0.5"),
    ],
)
def test_the_setting_is_said_in_a_sentence_and_in_a_cell(found, words, cell):
    assert words in dial_words(found)
    assert dial_text(found) == cell
    assert dial_text(None) == "-"


def test_what_was_only_told_is_never_the_chosen_setting():
    found = dial(1.0, -2.0, tried(0.5), tried(0.9, 1.0, -2.0, measured=False), tried(0.6, 1.0, -2.0))
    assert found.chosen.score == 0.6


@pytest.mark.parametrize("settings", [[], [tried(0.5, 0.5)], [tried(0.5, 1.0, 1.0)]])
def test_a_dial_begins_with_the_target_as_it_was_trained(settings):
    with pytest.raises(ValidationError, match="the first setting is the target as it was trained"):
        dial(1.0, 0.0, *settings)


def test_a_row_that_cannot_be_scored_is_in_no_share():
    rows = [row(1.0), row(1.0, right=False), row(1.0, right=None), row(1.0, calls=False, right=None)]
    assert counted(rows) == {part_of(False, True): 2}
    assert setting(rows, 1.0, 0.0, most_right([rows]), {}).shares == {part_of(False, True): 0.5}
