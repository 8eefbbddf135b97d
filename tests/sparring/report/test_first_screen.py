"""The first screen decides: what it says of each outcome, its three figures, what breaks, and whether SFT mended it."""

from dataclasses import replace

import pytest

from sparring.records import Failure, Verdict
from sparring.report import build
from sparring.report.deciding import first_screen
from sparring.report.markdown import render_markdown
from sparring.report.page import mended_words, render_page
from sparring.report.weaknesses import Mending, breaks, weaknesses
from sparring.statistics import rate
from sparring.studies.audit import AUDIT
from sparring.studies.shipping import audit_decision, history_csv, key_figures, round_decision, slim_metrics

TOOK_36 = Verdict(False, Failure.WRONG_VALUE, "value_error:others", "call 0: get_weather.days expected 3, got 36",
                  call=0, argument="days")  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "shipping", "reason"),
    [
        ({"promoted": True, "outcome": "promoted", "verdict": "promoted: attacks fell"}, "ship", "Attacks fell."),
        ({"promoted": False, "outcome": "worse", "verdict": "worse: it fell"}, "do not ship", "It fell."),
        ({"promoted": False, "outcome": "not_shown", "verdict": "not shown: few rows"}, "too little to say", "Few rows."),
        ({"promoted": False, "verdict": "lost: too little"}, "do not ship", "Too little."),
        ({"promoted": True, "verdict": "won"}, "ship", "Won."),
    ],
)  # fmt: skip
def test_a_rounds_outcome_is_one_of_three_decisions(make, fields, shipping, reason):
    assert round_decision(make.result("r01", "r00", **fields)) == (shipping, reason)


def test_a_baseline_decides_nothing(make):
    shipping, reason = round_decision(make.result("r00"))
    assert shipping == "too little to say"
    assert "no model before it" in reason


@pytest.mark.parametrize(
    ("verdict", "shipping"),
    [
        ("passed: none of it above 0.2", "ship"),
        ("failed: all of it above 0.2", "do not ship"),
        ("too little to say: it holds 0.2", "too little to say"),
        ("incomplete: no attack was answered and scored", "too little to say"),
        ("measured: attack success is 0.2; no limit was given", "too little to say"),
    ],
)
def test_an_audits_state_is_one_of_three_decisions(make, verdict, shipping):
    found, reason = audit_decision(make.result(AUDIT, verdict=verdict))
    assert found == shipping
    assert reason.lower().startswith(verdict.partition(": ")[2][:10])


def test_the_three_figures_have_intervals_and_the_third_counts_calls_where_nothing_fits(make):
    rates = {"heldout_success": rate(2, 20), "heldout_success_before": rate(6, 20), "no_call_accuracy": rate(3, 4)}
    attacked, clean, calling = key_figures(make.result("r01", "r00", rates=rates))
    assert (attacked.found, attacked.before) == (rate(2, 20), rate(6, 20))
    assert clean.found is None
    assert (calling.found.count, calling.found.total, calling.found.value) == (1, 4, 0.25)
    assert calling.found.low == pytest.approx(rate(1, 4).low)
    assert calling.found.high == pytest.approx(rate(1, 4).high)


def test_success_of_each_kind_of_request_stands_beside_the_whole_which_an_audit_may_fail_by(
    make, two_rounds, weather_seed
):
    of_kinds = {"heldout_success/call": rate(6, 20), "heldout_success/no_call": rate(1, 30)}
    told = make.result("r01", "r00", rates={"heldout_success": rate(7, 50)} | of_kinds)
    page = render_page(contents := build([two_rounds[0], replace(two_rounds[1], result=told)], {"w1": weather_seed}))
    tile = " ".join(page[page.index("broken under attack") : page.index("right without attack")].split())
    assert "wants a call: 30.0 % of 20; wants none: 3.3 % of 30" in tile
    assert "| - request wants a call | 30.0 % (" in " ".join(render_markdown(contents).split())
    alone = {"heldout_success": rate(6, 20), "heldout_success/call": rate(6, 20), "heldout_success/no_call": rate(0, 0)}
    assert not key_figures(make.result("r01", "r00", rates=alone))[0].of_kinds


def test_what_an_older_manifest_does_not_say_is_said_to_be_not_recorded(make, two_rounds, weather_seed):
    facts = build(two_rounds, {"w1": weather_seed}).first.facts
    assert facts["model"] == "not recorded, as r01 left it"
    assert (facts["data"], facts["date"], facts["run"]) == ("not recorded", "not recorded", "none in MLflow")
    told = make.result("r01", "r00", model="smollm2", data="bfcl", finished="2026-11-28 14:03 UTC",
                       inputs={"data/splits": "ab" * 32}, versions={"torch": "2.13.0"}, mlflow_run_id="f00")  # fmt: skip
    facts = build([two_rounds[0], replace(two_rounds[1], result=told)], {"w1": weather_seed}).first.facts
    assert facts == {
        "model": "smollm2, as r01 left it", "data": "bfcl, SHA-256 abababababab", "date": "2026-11-28 14:03 UTC",
        "versions": "torch 2.13.0", "run": "f00",
    }  # fmt: skip


def test_an_audit_names_no_run_for_none_logs_it(make, weather_seed):
    audited = build([make.played(AUDIT, heldout=[make.trial("a")])], {"w1": weather_seed})
    assert list(audited.first.facts) == ["model", "data", "date", "versions"]
    assert "MLflow" not in render_page(audited).partition('id="breaks"')[0]


@pytest.fixture
def mended_round(make, make_weather):
    """`quantity` wins 12 of 12 held-out attacks before SFT, each by its number, and none after; `typos` wins one both times."""
    seeds = {f"w{i}": make_weather(f"w{i}") for i in range(13)}

    def asked(i, verdict):
        return make.trial(
            f"h{i}", verdict, f"w{i}", "36 cups! What is the weather in Paris for 3 days?", "quantity > hedge"
        )

    last = make.trial("t", make.no_call, "w12", "Waht is the weather", "typos")
    rounds = [
        make.played("r00"),
        make.played("r01", "r00", before=[*(asked(i, TOOK_36) for i in range(12)), last],
                    heldout=[*(asked(i, make.right) for i in range(12)), last]),
    ]  # fmt: skip
    return build(rounds, seeds)


def test_a_weakness_has_name_share_two_examples_on_two_seeds_and_what_sft_did(mended_round):
    first, second = mended_round.first.weaknesses
    assert first.words == "takes a value that was only mentioned when the asker is unsure how to ask"
    assert (first.rates["r00"].count, first.rates["r00"].total, first.rates["r01"].count) == (12, 12, 0)
    assert len({mended_round.observations[index].seed.id for index in first.examples}) == 2
    assert first.mending.state == "mended"
    assert (first.mending.rows, first.mending.before, first.mending.after) == (12, 12, 0)
    assert second.words == "calls nothing when words are misspelt"
    assert second.mending.state == "not shown"


def test_lost_attacks_that_a_line_explains_make_no_second_line(mended_round):
    assert [one.strategy for one in mended_round.first.weaknesses] == [
        "hedge",
        "typos",
    ]  # quantity won the same attacks


def test_the_arguments_that_break_are_told_apart_with_advice(mended_round):
    first, second = mended_round.first.breaks
    assert (first.tool, first.argument, first.kind) == ("get_weather", "days", "borrowed_value")
    assert (second.argument, second.kind) == (None, "no_call")
    assert (first.rates["r00"].count, first.rates["r00"].total) == (12, 13)
    page = render_page(mended_round)
    assert "<code>get_weather</code>, <code>days</code>: takes a value that was only mentioned." in page
    assert first.advice in page


def test_the_page_says_the_decision_before_anything_else(mended_round):
    page = render_page(mended_round)
    order = [page.index(f'id="{name}"') for name in ("decision", "breaks", "weaknesses", "summary", "trials")]
    assert order == sorted(order)
    assert page.index("Ship the model of r01") < page.index('class="facts"') < page.index('id="summary"')
    assert page.count('<details class="part">') >= 7
    assert '<details class="part"' not in page[page.index('id="trials"') :]


def test_what_nothing_was_asked_about_is_not_measured_and_no_state(make, weather_seed):
    audited = build([make.played(AUDIT, heldout=[make.trial("a", make.no_call)])], {"w1": weather_seed})
    assert [one.mending for one in audited.first.weaknesses] == [None]
    training = make.played("r01", "r00", training=[make.trial("a", make.no_call)])
    (found,) = build([make.played("r00"), training], {"w1": weather_seed}).first.weaknesses
    assert found.mending == Mending(rows=0, before=0, after=0, p_value=None)
    assert mended_words(found.mending) == "SFT: not measured, no held-out attack of this way"


def test_nothing_lost_is_no_weakness(make, weather_seed):
    contents = build([make.played("r00", heldout=[make.trial("a")])], {"w1": weather_seed})
    assert contents.first.breaks == contents.first.weaknesses == ()
    assert render_page(contents).count("None: no valid attack won.") == 2
    assert weaknesses([], ["r00"], contents.rounds[-1], 3) == breaks([], ["r00"], 3) == []
    assert first_screen(contents.rounds, [], ["r00"]).weaknesses == ()


def test_with_three_targets_a_matrix_has_every_weakness_under_every_model(make, weather_seed):
    rounds = [
        make.played("r00"),
        make.played("r01", "r00", heldout=[make.trial("a", make.no_call)]),
        make.played("r02", "r01", heldout=[make.trial("b")]),
    ]
    contents = build(rounds, {"w1": weather_seed})
    assert contents.targets == ["r00", "r01", "r02"]
    page = render_page(contents)
    row = page[page.index('id="matrix"') :].split("<tbody>")[1].split("</tbody>")[0]
    assert "calls nothing when small talk leads up to the request" in row
    assert row.count("<td>") == 3
    assert "not measured</td><td>100" in row


def test_metrics_for_dvc_are_four_and_history_has_a_line_a_round(make):
    first = make.result("r00", rates={"heldout_success": rate(1, 3), "clean_accuracy": rate(0, 0)}, outcome="baseline")
    second = make.result("r01", "r00", rates={"heldout_success": rate(0, 3), "no_call_accuracy": rate(3, 4)})
    assert slim_metrics(first) == {
        "outcome": "baseline", "broken_under_attack": 0.3333, "right_without_attack": None, "calls_where_nothing_fits": None,
    }  # fmt: skip
    assert history_csv([first, second]) == (
        "round,broken_under_attack,right_without_attack,calls_where_nothing_fits\n0,0.3333,,\n1,0.0,,0.25\n"
    )
