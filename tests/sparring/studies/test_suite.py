"""A suite's figures: BFCL's summaries by hand, errata left out, own rows by the strict check."""

import pytest

from sparring.dialects import DIALECTS
from sparring.gold import gold_calls
from sparring.records import Call, Verdict
from sparring.sources.bfcl import CATEGORIES
from sparring.statistics import rate
from sparring.studies.result_files import category_of
from sparring.studies.scoring import CategoryScore, category_score
from sparring.studies.suite import (
    ERRATA,
    SuiteResult,
    bfcl_output,
    bfcl_rows,
    bfcl_summaries,
    score_bfcl,
    score_own,
    suite_cost,
    suite_markdown,
    without_errata,
)
from sparring.targets.journal import JournalRow


def score(count, total):
    return CategoryScore(accuracy=rate(count, total), macro=None, unanswered=0, failures={}, example_errors=[])


def test_summaries_are_bfcls():
    counts = {
        "simple_python": (3, 4), "simple_java": (1, 4), "simple_javascript": (2, 4), "multiple": (1, 2),
        "parallel": (1, 4), "parallel_multiple": (0, 5), "live_simple": (9, 10), "live_multiple": (40, 80),
        "live_parallel": (1, 5), "live_parallel_multiple": (0, 5), "irrelevance": (1, 2), "live_irrelevance": (1, 1),
        "live_relevance": (2, 8),
    }  # fmt: skip
    found = bfcl_summaries({name: score(*pair) for name, pair in counts.items()})
    assert found["non_live_ast"] == pytest.approx((0.5 + 0.5 + 0.25 + 0.0) / 4)
    assert found["live_ast"] == pytest.approx(50 / 100)
    assert found["irrelevance"] == pytest.approx(0.75)
    assert found["relevance"] == pytest.approx(0.25)
    assert found["single_turn"] == pytest.approx((0.3125 + 0.5 + 0.75) / 3)


def test_a_summary_without_all_of_its_categories_is_not_told():
    assert bfcl_summaries({"simple_python": score(1, 2), "irrelevance": score(1, 2)}) == {}
    assert bfcl_summaries({"live_relevance": score(0, 0)}) == {}


def test_errata_are_left_out_of_the_second_figure():
    faulty = sorted(row_id for row_id in ERRATA if row_id.startswith("live_simple"))
    verdicts = {row_id: Verdict(correct=False) for row_id in faulty} | {"live_simple_0-0-0": Verdict(correct=True)}
    assert without_errata(verdicts, verdicts, category_of)["live_simple"] == rate(1, 1)
    asked = [*verdicts, "live_simple_1-1-0"]
    assert without_errata(verdicts, asked, category_of)["live_simple"] == rate(1, 1).of_asked(2)


def test_rows_in_no_accuracy_are_counted_on_the_screen():
    verdicts = {"a": Verdict(correct=True), "b": Verdict(correct=False, example_error="b: no such type")}
    scores = {"own": category_score(verdicts, {"a": {"f"}, "b": {"f"}, "c": {"f"}})}
    cost = suite_cost([], {"c": "HTTP 500"})
    found = SuiteResult(
        name="n", model="m", rows="own", categories=scores, without_errata={}, summaries={"relevance": 1.0}, cost=cost
    )
    text = suite_markdown(found)
    assert "| own | 1.0000 (0.207-1.000, 1) | - | 1.0000 | 1 | 1 |  |" in text
    assert "- in no accuracy: 2 rows, without an answer or not to be scored" in text


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_right_answers_in_any_dialect_score_one(bfcl_wheel, name):
    category = "multiple"
    rows = bfcl_rows(bfcl_wheel, [category])
    answers = {row.id: DIALECTS[name].render(gold_calls(row)) for row in rows}
    verdicts, scores = score_bfcl(rows, answers, name, bfcl_wheel)
    wrong = [row_id for row_id, verdict in verdicts.items() if not verdict.correct]
    assert scores[category].accuracy.value == 1.0, wrong
    assert scores[category].unanswered == 0


def test_text_that_is_no_call_stays_text():
    assert bfcl_output("hermes", "I cannot help with that.") == "I cannot help with that."
    assert bfcl_output("hermes", "<tool_call>{broken") == "<tool_call>{broken"


def test_result_files_hold_names_as_the_references_handlers_expect_them():
    call = [Call(name="math.gcd", arguments={"a": 1})]
    assert bfcl_output("hermes", DIALECTS["hermes"].render(call)) == [{"math_gcd": '{"a": 1}'}]
    assert bfcl_output("pythonic", "[math.gcd(a=1)]") == "[math.gcd(a=1)]"


def test_fewer_rows_are_spread_over_their_category(bfcl_wheel):
    rows = bfcl_rows(bfcl_wheel, ["multiple", "live_relevance"], per_category=20)
    assert [row.id for row in rows[:3]] == ["multiple_0", "multiple_10", "multiple_20"]
    assert len(rows) == 20 + 16
    answers = {row.id: DIALECTS["hermes"].render(gold_calls(row)) for row in rows[:19]}
    _, scores = score_bfcl(rows, answers, "hermes", bfcl_wheel)
    assert (scores["multiple"].accuracy, scores["multiple"].unanswered) == (rate(19, 19), 1)


def test_why_rows_have_no_answer_is_told(make_weather):
    cost = suite_cost([], {"a": "HTTP 500", "b": "HTTP 500", "c": "cut at 64 tokens"})
    found = SuiteResult(name="n", model="m", rows="bfcl", categories={}, without_errata={}, summaries={}, cost=cost)
    assert "- no answer: 2 x HTTP 500\n- no answer: 1 x cut at 64 tokens\n" in suite_markdown(found)


def test_own_rows_are_judged_strictly_and_unanswered_ones_are_nobodys_fault(make_weather):
    rows = [make_weather("a", "Paris"), make_weather("b", "Rome"), make_weather("c", "Oslo")]
    answers = {"a": "[get_weather(city='Paris', days=3)]", "b": "[get_weather(city='Paris', days=3)]"}
    verdicts, scores = score_own(answers, rows, DIALECTS["pythonic"])
    assert set(verdicts) == {"a", "b"}
    assert scores["simple_python"].accuracy == rate(1, 2)
    assert scores["simple_python"].unanswered == 1


def test_cost_counts_what_was_answered():
    rows = [
        JournalRow(row_id=str(n), text="x", reason=None, requests=1, tokens=10, seconds=float(n)) for n in range(1, 21)
    ]
    cost = suite_cost(rows, {"z": "no answer"})
    assert (cost.answered, cost.tokens, cost.seconds_median, cost.seconds_p95) == (20, 200, 10.0, 19.0)
    assert suite_cost([], {}).seconds_median is None


def test_every_category_has_rows(bfcl_wheel):
    assert {row.category for row in bfcl_rows(bfcl_wheel, CATEGORIES)} == set(CATEGORIES)
