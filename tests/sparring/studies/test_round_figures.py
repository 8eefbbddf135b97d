"""A round's figures from its rows: which rows each share is over, what a baseline has not, what a tracker is given."""

import math

import pytest

from sparring.records import (
    KINDS,
    UNJUDGED,
    Attack,
    Completion,
    Dial,
    DialSetting,
    Failure,
    MachineRates,
    MixPart,
    RoundResult,
    SFTExample,
    Trial,
    Verdict,
)
from sparring.statistics import rate
from sparring.studies.evaluation_table import COLUMNS, MAX_ROWS, evaluation_table
from sparring.studies.logged import logged_figures, logged_tables, over_rounds
from sparring.studies.round_figures import (
    Attacked,
    RoundRows,
    curves,
    reward_trend,
    round_breadth,
    round_comparisons,
    round_counts,
    round_rates,
)
from tests.conftest import weather

RIGHT, WRONG = Verdict(correct=True), Verdict(correct=False, failure=Failure.WRONG_VALUE, detail="days")
CALL, OTHER = weather("call", "Paris"), weather("other", "Oslo")
NONE = weather("none").model_copy(update={"gold": [], "category": "irrelevance"})
SEEDS = {seed.id: seed for seed in (CALL, OTHER, NONE)}


def trial(seed, verdict, strategy="title", rejected_by=None):
    attack = Attack(id=f"{strategy}:{seed.id}", example_id=seed.id, query="q", strategy=strategy, round="r01", seed=0)
    answers = [] if verdict is None else [Completion(attack_id=attack.id, sample=0, text="[]")]
    verdicts = [] if verdict is None else [verdict]
    return Trial(attack=attack, completions=answers, rejected_by=rejected_by, verdicts=verdicts)


def taught(origin):
    return SFTExample(id=f"{origin}:call", messages=CALL.messages, tools=CALL.tools, completion="[]", origin=origin)


CLEAN = [trial(CALL, RIGHT, "untouched"), trial(OTHER, WRONG, "untouched"), trial(NONE, RIGHT, "untouched")]
HELD = [trial(CALL, WRONG), trial(NONE, RIGHT, "chatty")]
BASELINE = RoundRows(SEEDS, CLEAN, HELD, {"schema_success": [trial(CALL, WRONG, "schema:reword")]}, [], None)
ATTACKED = Attacked(
    trials=[trial(CALL, WRONG), trial(OTHER, WRONG, "chatty"), trial(NONE, None, rejected_by="tool")],
    clean_before=[trial(CALL, WRONG, "untouched"), trial(NONE, WRONG, "untouched")],
    heldout_before=[trial(CALL, WRONG), trial(NONE, WRONG, "chatty")],
    sft=[taught("twin"), taught("attack"), taught("attack")],
    num_mistakes=4,
    pool={"weak_seeds": 1, "rl_seeds": 3},
)
LATER = RoundRows(SEEDS, CLEAN, HELD, {}, [], ATTACKED)


@pytest.mark.parametrize(
    ("name", "count", "total"),
    [
        ("clean_accuracy", 1, 2),
        ("no_call_accuracy", 1, 1),
        ("unparseable", 0, 3),
        ("heldout_success", 1, 2),
        ("heldout_success/call", 1, 1),
        ("heldout_success/no_call", 0, 1),
        ("heldout_valid", 2, 2),
        ("attack_success", 2, 2),
        ("valid_fraction", 2, 3),
        ("valid_fraction/no_call", 0, 1),
        ("seeds_broken", 2, 2),
        ("heldout_success_before", 2, 2),
        ("clean_accuracy_before", 0, 1),
        ("no_call_accuracy_before", 0, 1),
    ],
)
def test_each_share_is_over_rows_of_its_own(name, count, total):
    found = round_rates(LATER)[name]
    assert (found.count, found.total) == (count, total)


def test_shares_under_changed_tools_stand_by_kind_and_by_operator():
    found = round_rates(BASELINE)
    assert [name for name in found if name.startswith("schema")] == [
        "schema_success", "schema_success/call", "schema_success/no_call", "schema_success/reword",
    ]  # fmt: skip
    assert found["schema_success/reword"].count == 1


def test_a_baseline_has_nothing_of_a_round_before():
    assert not [name for name in round_rates(BASELINE) if "before" in name or name.startswith("attack")]
    assert round_comparisons(BASELINE, 0.05) == {}
    assert round_counts(BASELINE, with_judge=False) == {"heldout_attacks": 2}
    assert {name.partition("/")[0] for name in round_breadth(BASELINE)} == {"heldout_effective_strategies"}
    assert BASELINE.judged == HELD


def test_a_round_is_judged_by_its_training_attacks_and_where_it_wrote_none_by_held_out_ones():
    assert LATER.judged == ATTACKED.trials
    assert RoundRows(SEEDS, CLEAN, HELD, {}, [], Attacked([], [], [], [], 0, {})).judged == HELD


def test_rows_are_counted_by_file_and_the_training_set_by_origin():
    assert round_counts(LATER, with_judge=False) == {
        "heldout_attacks": 2, "weak_seeds": 1, "rl_seeds": 3, "attacks": 3, "successes": 2, "mistakes": 4,
        "sft_rows": 3, "sft_attack": 2, "sft_twin": 1,
    }  # fmt: skip


def test_where_a_judge_was_asked_the_trials_that_it_left_open_are_counted_by_file():
    rows = RoundRows(SEEDS, [], [*HELD, trial(CALL, WRONG, rejected_by=UNJUDGED)], {}, [], None)
    assert round_counts(rows, with_judge=True) == {"heldout_attacks": 3, "heldout_unjudged": 1}
    counts = round_counts(LATER, with_judge=True)
    assert [name for name in counts if name.endswith("unjudged")] == [
        "heldout_unjudged", "unjudged", "heldout_before_unjudged",
    ]  # fmt: skip


def test_what_promotes_is_compared_with_the_champion_before_on_rows_that_both_answered():
    found = round_comparisons(LATER, 0.05)
    assert {name: (one.rows, one.difference) for name, one in found.items()} == {
        "heldout": (2, 0.5), "heldout/call": (1, 0.0), "heldout/no_call": (1, 1.0),
        "clean": (1, 1.0), "no_call": (1, 1.0), "parsed": (2, 0.0),
    }  # fmt: skip


STEPS = [{"total": 0.1, "valid": 1.0}, {"valid": 0.5}, {"total": 0.4, "valid": 0.5, "kl": math.nan}, {"total": 0.6}]


def test_rewards_are_told_of_the_first_and_the_last_quarter_as_far_as_they_were_scored():
    assert reward_trend(STEPS) == {"total_first_quarter": 0.1, "total_last_quarter": 0.6, "valid_first_quarter": 1.0}
    assert reward_trend(STEPS * 2)["valid_first_quarter"] == 0.75
    assert reward_trend([]) == {}


def test_a_curve_has_a_place_for_every_step():
    assert curves(STEPS) == {
        "kl": [None] * 4, "total": [0.1, None, 0.4, 0.6], "valid": [1.0, 0.5, 0.5, None],
    }  # fmt: skip
    assert curves([]) == {}


def manifest(**changes):
    whole = {
        "round": "r01", "after": "r00", "seed": 1, "counts": {"attacks": 3, "unjudged": 2, "heldout_unjudged": 0},
        "rates": {"heldout_success": rate(1, 4), "heldout_valid": rate(0, 0), "no_call_accuracy": rate(3, 4)},
        "comparisons": {}, "rejections": {"meaning": 2}, "failures": [], "rewards": {}, "payoffs": {},
        "operators": {"title": {"valid": rate(1, 2), "success": rate(0, 0)},
                      "no name": {"valid": rate(1, 2), "success": rate(1, 2)}},
        "seconds": {"evaluation": 2.5}, "inputs": {}, "versions": {}, "promoted": True, "champion": "r01",
        "verdict": "", "mlflow_run_id": None, "breadth": round_breadth(LATER),
    }  # fmt: skip
    return RoundResult(**(whole | changes))


def test_a_tracker_gets_every_defined_whole_as_a_metric():
    assert logged_figures(manifest()) == {
        "round/heldout_success": 0.25, "round/no_call_accuracy": 0.75, "broken_under_attack": 0.25,
        "calls_where_nothing_fits": 0.25, "seconds/evaluation": 2.5, "judge/unjudged": 2, "judge/heldout_unjudged": 0,
        "round/effective_strategies": 2.0, "round/heldout_effective_strategies": pytest.approx(1.0),
        "round/heldout_effective_strategies_before": 2.0,
    }  # fmt: skip


def test_parts_are_rows_of_tables_and_nothing_of_the_manifest_is_lost():
    rates = {"heldout_success": rate(1, 4), "heldout_success/call": rate(1, 3), "schema_success/reword": rate(0, 0)}
    mix = [MixPart(origin="twin", kind="call", attacker=None, rows=3, lost=1),
           MixPart(origin="attack", kind="no_call", attacker="rules", rows=2, lost=0)]  # fmt: skip
    tables = logged_tables(manifest(rates=rates, mix=mix))
    lines = {
        file: [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        for file, columns in tables.items()
    }
    assert [(line["figure"], line["of"], line["count"], line["rows"]) for line in lines["shares.json"]] == [
        ("heldout_success", "all", 1, 4), ("heldout_success", "call", 1, 3), ("schema_success", "reword", 0, 0),
    ]  # fmt: skip
    assert [line["share"] for line in lines["shares.json"]] == [0.25, 0.333, None], "undefined is not zero"
    assert [(line["operator"], line["won"], line["scored"], line["attacks"]) for line in lines["operators.json"]] == [
        ("no name", 1, 2, 2), ("title", 0, 0, 2),
    ]  # fmt: skip
    assert {(line["figure"], line["of"]) for line in lines["strategies.json"]} == {
        (name, part) for name in ("effective_strategies", "heldout_effective_strategies",
                                  "heldout_effective_strategies_before") for part in ("all", *KINDS)
    }  # fmt: skip
    assert [(line["origin"], line["attacker"], line["rows"], line["lost"]) for line in lines["training_rows.json"]] == [
        ("twin", "untouched", 3, 1), ("attack", "rules", 2, 0),
    ]  # fmt: skip
    assert lines["rejections.json"] == [{"gate": "meaning", "attacks": 2}]


def test_a_table_without_a_row_is_none():
    assert logged_tables(manifest(rates={}, rejections={}, operators={}, breadth={})) == {}


def test_the_campaign_gets_a_curve_of_shares_and_of_strategies():
    found = over_rounds(manifest())
    assert found.keys() == {
        "round/heldout_success", "round/no_call_accuracy", "round/effective_strategies",
        "round/heldout_effective_strategies", "round/heldout_effective_strategies_before",
        "broken_under_attack", "calls_where_nothing_fits",
    }  # fmt: skip
    assert found.items() <= logged_figures(manifest()).items()


def test_dials_and_machine_are_logged_where_a_round_has_them():
    settings = [
        DialSetting(scale=1.0, offset=0.0, score=0.5, error=0.1, shares={}, measured=True),
        DialSetting(scale=0.5, offset=-1.0, score=0.75, error=0.1, shares={}, measured=True),
    ]
    dial = Dial(scale=0.5, offset=-1.0, rows={}, settings=settings, moved=None, moved_sd=None, leak=None)
    machine = MachineRates(processor="p", threads=1, gflops={"float32": 40.0}, copy_gb=9.0)
    found = logged_figures(manifest(dial=dial, machine=machine, peak_gb=2.0))
    assert {name: value for name, value in found.items() if name.startswith(("dial/", "machine/"))} == {
        "machine/peak_gb": 2.0, "machine/gflops_float32": 40.0,
        "dial/scale": 0.5, "dial/offset": -1.0, "dial/score": 0.75, "dial/score_before": 0.5,
    }  # fmt: skip


def test_the_evaluation_as_a_table_has_a_line_for_each_row_that_was_asked():
    rejected = trial(OTHER, None, rejected_by="format")
    table = evaluation_table({"attack": (ATTACKED.heldout_before[:1], [*HELD, rejected])}, SEEDS)
    assert tuple(table) == COLUMNS
    assert {name: table[name] for name in ("rows", "kind", "right", "right_before", "answer_before")} == {
        "rows": ["attack", "attack"],
        "kind": ["call", "no_call"],
        "right": [False, True],
        "right_before": [False, None],
        "answer_before": ["[]", ""],
    }
    assert table["expected"][1] == "no call"
    assert table["reason"] == ["days", ""]
    assert len(evaluation_table({"untouched": ([], HELD * MAX_ROWS)}, SEEDS)["id"]) == MAX_ROWS
