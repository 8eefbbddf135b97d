import pytest

from sparring.records import Comparison
from sparring.studies.promotion import promote


def comparison(difference=0.0, low=0.0, high=0.0, p_value=1.0, rows=200):
    return Comparison(rows=rows, difference=difference, low=low, high=high, p_value=p_value)


HELD = {"clean": comparison(), "no_call": comparison(), "parsed": comparison()}
WON = comparison(difference=0.3, low=0.2, high=0.4, p_value=0.001)


def test_a_target_that_fell_for_less_and_lost_nothing_is_promoted():
    promoted, verdict = promote(HELD | {"heldout": WON}, 0.5, margin=0.02)
    assert promoted
    assert verdict.startswith("won")


def test_each_reason_to_lose_is_named():
    cases = {
        "smallest effect": {"heldout": comparison(difference=0.05, p_value=0.01)},
        "p = 0.200": {"heldout": comparison(difference=0.3, p_value=0.2)},
        "clean accuracy may have fallen by 0.100": {"heldout": WON, "clean": comparison(low=-0.1)},
        "no_call accuracy may": {"heldout": WON, "no_call": comparison(low=-0.03)},
        "parsed accuracy may": {"heldout": WON, "parsed": comparison(low=-0.5)},
    }
    for reason, changed in cases.items():
        promoted, verdict = promote(HELD | changed, 0.5, margin=0.02)
        assert not promoted
        assert reason in verdict


def test_a_round_without_a_valid_held_out_attack_shows_nothing():
    assert promote(HELD, None, margin=0.02)[0] is False


@pytest.mark.parametrize(("difference", "said"), [(0.05, "fell by 0.050"), (-0.074, "rose by 0.074"), (0.0, "stayed")])
def test_a_lost_round_says_which_way_success_moved(difference, said):
    moved = comparison(difference=difference, low=-0.2, high=0.2, p_value=0.6, rows=27)
    promoted, verdict = promote({"heldout": moved}, 0.2, 0.02)
    assert not promoted
    assert said in verdict
