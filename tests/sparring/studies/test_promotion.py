"""The verdict of three: what each needs, what it says, and how often it errs."""

from functools import partial

import numpy as np
import pytest

from sparring.config import load_params
from sparring.paired import Paired, margin_shown
from sparring.project.estimate import ROUNDED
from sparring.project.profiles import apply_profile
from sparring.records import Attack, Comparison, Trial, Verdict
from sparring.statistics import paired_p_value
from sparring.studies.promotion import MIN_TOOLS, as_comparison, compare, comparisons, decide
from tests.conftest import ROOT, weather

MARGIN = 0.05


def comparison(difference=0.0, low=0.0, high=0.0, p_value=1.0, rows=200, **further):
    return Comparison(rows=rows, difference=difference, low=low, high=high, p_value=p_value, **further)


HELD = {name: comparison(floor=-0.03) for name in ("clean", "no_call", "parsed")}
WON = comparison(difference=0.3, low=0.2, high=0.4, p_value=0.001)
SAME = comparison(p_value=1.0)


def test_a_target_that_fell_for_less_and_lost_nothing_is_promoted():
    found = decide(HELD | {"heldout": WON}, MARGIN)
    assert found.promoted
    assert found.reason == (
        "promoted: attack success fell by 0.300 (p = 0.001, 200 attacks); lost are of clean accuracy at most 0.030, "
        "no-call accuracy at most 0.030, the share of answers that can be read at most 0.030, the margin is 0.050"
    )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"heldout": comparison(difference=0.05, p_value=0.2, needed=240)},
            "fell by 0.050 (p = 0.200, 200 attacks), which about 240 attacks like these would show",
        ),
        ({"heldout": comparison(difference=-0.074, p_value=0.6)}, "attack success rose by 0.074 (p = 0.600"),
        ({"heldout": comparison()}, "attack success stayed the same"),
        ({"heldout": comparison(difference=0.05, p_value=0.2, effective_rows=75.0)}, "as good as 75 on seeds of"),
        (
            {"clean": comparison(floor=-0.1, needed=310)},
            "clean accuracy may have fallen by 0.100, the margin is 0.050 (about 310 rows would tell)",
        ),
        ({"no_call": comparison(difference=-0.06, floor=-0.1)}, "no-call accuracy may have fallen by 0.100"),
        ({"no_call": comparison(difference=-0.06, floor=-0.1)}, "(0.060 were found)"),
        ({"parsed": comparison(floor=-0.5)}, "the share of answers that can be read may have fallen"),
        (
            {"clean": comparison(difference=-0.04, p_value=0.001, floor=-0.06)},
            "clean accuracy may have fallen by 0.060",
        ),
    ],
)
def test_what_was_not_shown_is_named_with_the_rows_that_it_would_take(changed, said):
    found = decide(HELD | {"heldout": WON} | changed, MARGIN)
    assert found.outcome == "not_shown"
    assert found.reason.startswith("not shown: ")
    assert said in found.reason


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"clean": comparison(difference=-0.1, p_value=0.001, floor=-0.2)}, "clean accuracy fell by 0.100"),
        ({"no_call": comparison(difference=-0.2, p_value=0.01, floor=-0.3)}, "no-call accuracy fell by 0.200"),
        ({"parsed": comparison(difference=-0.1, p_value=0.001)}, "the share of answers that can be read fell by 0.100"),
        ({"heldout": comparison(difference=-0.1, p_value=0.001)}, "worse: attacks win more often by 0.100"),
        (
            {"heldout/call": WON, "heldout/no_call": comparison(difference=-0.1, p_value=0.001)},
            "worse: attacks on requests that need none win more often by 0.100 (corrected p = 0.006)",
        ),
    ],
)
def test_a_harm_that_is_shown_is_named_with_its_place(changed, said):
    found = decide(HELD | {"heldout": WON} | changed, MARGIN)
    assert found.outcome == "worse"
    assert found.reason.startswith("worse: ")
    assert said in found.reason


def test_a_harm_counts_only_after_correction_for_all_that_was_tested():
    harmed = HELD | {"heldout": WON, "clean": comparison(difference=-0.1, p_value=0.02, floor=-0.2)}
    assert decide(harmed, MARGIN).outcome == "not_shown"
    alone = {"clean": harmed["clean"]}
    assert decide(alone, MARGIN).outcome == "worse"


def test_a_round_without_a_valid_held_out_attack_or_rows_of_a_kind_shows_nothing():
    assert "no held-out attack was valid" in decide(HELD, MARGIN).reason
    without = {name: each for name, each in HELD.items() if name != "no_call"}
    assert decide(without | {"heldout": WON}, MARGIN).reason == "not shown: no rows tell whether no-call accuracy held"


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
    once = compare(played(before), played(after), seeds, None)
    often = compare(played(before * 4), played(after * 4), seeds, None)
    assert once.p_value == often.p_value == paired_p_value([False] * 12, [n < 5 for n in range(12)], list(seeds))
    assert (once.rows, often.rows) == (12, 48)
    assert (often.low, often.high) == pytest.approx((once.low, once.high), abs=1e-6)
    assert once.effective_rows is None
    assert often.effective_rows == pytest.approx(12)
    assert often.needed == pytest.approx(4 * once.needed, abs=4)
    assert "effective_rows" not in once.model_dump_json()


@pytest.mark.parametrize(("tools", "worth"), [(MIN_TOOLS, MIN_TOOLS), (MIN_TOOLS - 1, None)])
def test_untouched_rows_of_one_tool_are_one_cluster_where_there_are_enough_tools(tools, worth):
    rows = {}
    for n in range(4 * tools):
        row, name = weather(f"w{n}"), f"tool_{n % tools}"
        rows[row.id] = row.model_copy(update={"gold": [row.gold[0].model_copy(update={"name": name})]})
    before, after = [(row, True) for row in rows], [(row, n % tools > 3) for n, row in enumerate(rows)]
    found = compare(played(before), played(after), rows, MARGIN)
    assert found.effective_rows == (None if worth is None else pytest.approx(worth))


def test_attacks_are_compared_by_kind_and_together(weather_seed):
    silent = weather_seed.model_copy(update={"id": "silent", "category": "irrelevance", "gold": []})
    rows = {weather_seed.id: weather_seed, "silent": silent}
    before = played([(weather_seed.id, False), ("silent", True)])
    after = played([(weather_seed.id, True), ("silent", False)])
    found = comparisons((before, after), (before, after), rows, MARGIN)
    assert list(found) == ["heldout", "heldout/call", "heldout/no_call", "clean", "no_call", "parsed"]
    assert [each.difference for each in found.values()] == [0.0, 1.0, -1.0, 1.0, -1.0, 0.0]
    only_calls = comparisons((before[:1], after[:1]), (before, after), rows, MARGIN)
    assert "heldout/no_call" not in only_calls


def outcome(rng, rows, changes, clusters=None):
    """Two targets on so many rows; changes are the shares gained and lost."""
    kind = rng.choice(3, size=rows, p=[*changes, 1 - sum(changes)])
    return Paired(list(kind != 0), list(kind != 1), clusters or list(map(str, range(rows))))


def drawn_verdict(rng, evaluation, calls=(0.04, 0.04), declines=(0.04, 0.04), attacks=(0.05, 0.05)):
    """The verdict on a target whose true changes are given, over as many rows as a profile asks."""
    seeds, each = evaluation.attack_seeds, evaluation.attacks_per_seed
    kinds = rng.choice(3, size=seeds, p=[*attacks, 1 - sum(attacks)]).repeat(each)  # attacks on one seed fall together
    names = [str(place // each) for place in range(seeds * each)]
    hold = partial(as_comparison, margin=evaluation.margin, left_out=0)
    found = {
        "heldout": as_comparison(Paired(list(kinds != 0), list(kinds != 1), names), None, 0),
        "clean": hold(outcome(rng, evaluation.clean_examples, calls)),
        "no_call": hold(outcome(rng, evaluation.no_call_examples, declines)),
        "parsed": hold(outcome(rng, evaluation.clean_examples + evaluation.no_call_examples, (0.005, 0.005))),
    }
    return decide(found, evaluation.margin).outcome


@pytest.fixture(scope="module", params=["quickstart", "cpu", "gpu"])
def evaluation(request, tmp_path_factory):
    recipe = tmp_path_factory.mktemp("recipe") / "params.yaml"
    recipe.write_text((ROOT / "params.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    apply_profile(recipe, ROOT / "profiles" / f"{request.param}.yaml")
    return load_params(recipe).evaluation


HARDER = (0.45, 0.02)  # attack success falls by .43: that it fell is always shown
WORSE = (0.015, 0.065)


@pytest.mark.parametrize("where", ["calls", "declines"])
def test_a_target_that_is_a_twentieth_worse_is_promoted_in_one_of_twenty_cases_at_most(evaluation, where):
    rng, rounds = np.random.default_rng(11), 200
    verdicts = [drawn_verdict(rng, evaluation, attacks=HARDER, **{where: WORSE}) for _ in range(rounds)]
    assert verdicts.count("promoted") / rounds <= 0.05


def test_a_target_that_is_equal_is_called_worse_in_one_of_twenty_cases_at_most_and_hardly_ever_promoted(evaluation):
    rng, rounds = np.random.default_rng(12), 200
    verdicts = [drawn_verdict(rng, evaluation) for _ in range(rounds)]
    assert verdicts.count("worse") / rounds <= 0.05
    assert verdicts.count("promoted") / rounds <= 0.05


def test_a_target_that_is_harder_and_equal_elsewhere_is_promoted_where_the_rows_can_show_the_margin(evaluation):
    """The quickstart's cannot, and `sparring profile` says so: there it is mostly not shown, and never worse."""
    rng, rounds = np.random.default_rng(13), 100
    verdicts = [drawn_verdict(rng, evaluation, attacks=HARDER) for _ in range(rounds)]
    rows = min(evaluation.clean_examples, evaluation.no_call_examples)
    enough = margin_shown(rows, discordant=0.08) <= evaluation.margin + ROUNDED  # as drawn, each row alone
    assert (verdicts.count("promoted") / rounds > 0.4) is enough
    assert verdicts.count("worse") / rounds <= 0.05


def test_a_target_that_is_far_worse_is_called_so(evaluation):
    rng, rounds = np.random.default_rng(14), 50
    verdicts = [drawn_verdict(rng, evaluation, attacks=HARDER, declines=(0.02, 0.35)) for _ in range(rounds)]
    assert verdicts.count("worse") / rounds > 0.8
