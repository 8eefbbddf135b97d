import pytest

from sparring.records import Attack, Comparison, Trial, Verdict
from sparring.statistics import paired_p_value
from sparring.studies.promotion import compare, promote
from tests.conftest import weather


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


def played(outcomes):
    """Trials by (seed, whether the answer was right)."""
    return [
        Trial(
            attack=Attack(id=f"a{n}", example_id=seed, query="?", strategy="typos", round="r01", seed=0),
            completions=[],
            rejected_by=None,
            verdicts=[Verdict(correct=right)],
        )
        for n, (seed, right) in enumerate(outcomes)
    ]


def test_four_attacks_that_fall_together_show_no_more_than_one():
    seeds = {f"w{n}": weather(f"w{n}") for n in range(12)}
    before, after = [(seed, False) for seed in seeds], [(seed, n < 5) for n, seed in enumerate(seeds)]
    once = compare(played(before), played(after), seeds, 17)
    often = compare(played(before * 4), played(after * 4), seeds, 17)
    assert once.p_value == often.p_value == paired_p_value([False] * 12, [n < 5 for n in range(12)], list(seeds))
    assert (once.rows, often.rows) == (12, 48)
    assert once.effective_rows is None
    assert often.effective_rows == pytest.approx(12)
    assert "effective_rows" not in once.model_dump_json()


def test_the_smallest_effect_counts_what_attacks_on_one_seed_are_worth():
    shown = comparison(difference=0.2, low=0.1, high=0.3, p_value=0.001, rows=240)
    alone, alike = (
        promote(HELD | {"heldout": shown}, 0.5, 0.02),
        promote(HELD | {"heldout": shown.model_copy(update={"effective_rows": 75.0})}, 0.5, 0.02),
    )
    assert alone[0]
    assert not alike[0]
    assert "the smallest effect that 240 attacks, as good as 75 on seeds of their own, can show" in alike[1]


@pytest.mark.parametrize(("difference", "said"), [(0.05, "fell by 0.050"), (-0.074, "rose by 0.074"), (0.0, "stayed")])
def test_a_lost_round_says_which_way_success_moved(difference, said):
    moved = comparison(difference=difference, low=-0.2, high=0.2, p_value=0.6, rows=27)
    promoted, verdict = promote({"heldout": moved}, 0.2, 0.02)
    assert not promoted
    assert said in verdict
