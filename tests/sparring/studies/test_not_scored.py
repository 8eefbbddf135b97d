"""Rows that were asked and are in no share are counted beside it, in every table; where there are none nothing changes."""

import re

import pytest

from sparring.records import Attack, Comparison, Completion, Rate, RoundResult, Trial, Verdict
from sparring.report.page import rate_cell
from sparring.report.summary import rate_words
from sparring.statistics import rate
from sparring.studies import metrics
from sparring.studies.arms import arms_table, compare_arms
from sparring.studies.audit import AuditChoices, AuditSettings, Judged, UnansweredRow, summarise_audit
from sparring.studies.audit_text import audit_text
from sparring.studies.cross_play import matrix, matrix_table
from sparring.studies.hardening import compare_hardened, hardening_table
from sparring.studies.promotion import compare, decide
from sparring.studies.round_table import round_table
from sparring.tables import rate_text

RIGHT, WRONG = Verdict(correct=True), Verdict(correct=False, failure="wrong_value")
FAULTY = Verdict(correct=False, example_error="no such type")


def trial(seed, verdict, rejected_by=None, attack_id=None):
    """An attack with one answer; without a verdict nobody answered."""
    attack = Attack(id=attack_id or seed, example_id=seed, query="q", strategy="title", round="r01", seed=0)
    answers = [Completion(attack_id=attack.id, sample=0, text="[]")] if verdict is not None else []
    verdicts = [] if verdict is None else [verdict]
    return Trial(attack=attack, completions=answers, rejected_by=rejected_by, verdicts=verdicts)


SOME = [
    trial("a", RIGHT),
    trial("b", WRONG),
    trial("c", FAULTY),
    trial("d", None),
    trial("e", None, rejected_by="format"),
]
ALL = [trial("a", RIGHT), trial("b", WRONG)]
MEASURES = [metrics.accuracy, metrics.unparseable, metrics.attack_success, metrics.seeds_broken]


@pytest.mark.parametrize("measure", MEASURES)
def test_a_share_knows_the_rows_that_it_leaves_out(measure):
    found = measure(SOME)
    assert (found.total, found.not_scored) == (2, 2)
    assert measure(ALL).model_dump() == {key: found.model_dump()[key] for key in measure(ALL).model_dump()}
    assert "not_scored" not in measure(ALL).model_dump(mode="json")
    assert measure([]).not_scored == 0


def test_a_manifest_without_such_rows_reads_and_writes_as_before():
    old = '{"count":1,"total":2,"value":0.5,"low":0.1,"high":0.9}'
    assert Rate.model_validate_json(old).model_dump_json() == old
    old = '{"rows":2,"difference":0.0,"low":0.0,"high":0.0,"p_value":1.0}'
    assert Comparison.model_validate_json(old).model_dump_json() == old


def test_every_way_to_write_a_share_names_them():
    found, nothing = rate(1, 2).of_asked(5), rate(0, 0).of_asked(5)
    assert rate_text(found).endswith(", 2; 3 not scored)")
    assert rate_text(nothing) == "- (5 not scored)"
    assert rate_cell(found).endswith("; 3 not scored")
    assert rate_cell(nothing) == "not measured; 5 not scored"
    assert rate_words(found).endswith("; 3 not scored)")
    assert rate_words(nothing) == "not measured; 5 not scored"
    assert "scored" not in rate_text(rate(1, 2)) + rate_cell(rate(1, 2)) + rate_words(rate(1, 2))


def test_tables_of_arms_and_of_cross_play_name_them():
    results = compare_arms({"rl": SOME, "rules": ALL}, "rl", 0)
    assert [found.success.not_scored for found in results] == [2, 0]
    assert "scored)" in arms_table(results, "rl", "t")
    assert "scored)" not in arms_table(compare_arms({"rl": ALL, "rules": ALL}, "rl", 0), "rl", "t")
    found = matrix({("r01", "r00"): SOME, ("r01", "r01"): ALL}, 4, 1)
    assert [cell.success.not_scored for cell in found.cells] == [2, 0]
    assert "2 not scored" in matrix_table(found)


def test_the_hardening_battery_names_them(make_weather):
    examples = {name: make_weather(name, name) for name in "abcde"}
    results = compare_hardened({"base": {"clean": SOME, "met": SOME}, "own": {"clean": ALL}}, examples, 0)
    assert [found.rate.not_scored for found in results] == [2, 2, 0]
    assert "2; 2 not scored" in hardening_table(results)


def test_an_audit_names_them_on_the_console(make_weather, params):
    examples = {name: make_weather(name, name) for name in "abcde"}
    settings = AuditSettings(
        base_url="http://127.0.0.1:1/v1", model="m", key_variable=None, adapter=None, attacker="rules", seeds="test"
    )
    lost = [UnansweredRow(attack_id="d", reason="HTTP 500")]
    result = summarise_audit(settings, AuditChoices(), params, Judged(ALL, SOME, [], lost), examples, {}, {})
    text = audit_text(result, lost)
    assert "1 of 2; 2 not scored)" in text
    assert re.search(r"untouched seeds answered rightly +0\.500 \(95 % 0\.09-0\.91, 1 of 2", text)
    assert "2; 2 not scored" in round_table([RoundResult.model_validate_json(result.model_dump_json())], color=False)


def test_a_comparison_of_two_targets_names_the_rows_that_are_not_scored_for_both(make_weather):
    examples = {name: make_weather(name, name) for name in "abcde"}
    found = compare(SOME, ALL, examples, None)
    assert (found.rows, found.left_out) == (2, 2)
    assert compare(ALL, ALL, examples, None).left_out == 0
    assert decide({"heldout": found}, 0.05).reason.endswith("; rows not scored for both: heldout 2")
    assert "not scored" not in decide({"heldout": compare(ALL, ALL, examples, None)}, 0.05).reason
