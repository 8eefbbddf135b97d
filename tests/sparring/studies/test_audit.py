"""What an audit says: a decision by the interval, operators by their surest weakness, files for build servers."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from sparring.attacker.attacks import ungated
from sparring.attacker.rollout import trials_of
from sparring.config import load_params
from sparring.dialects import DIALECTS
from sparring.records import Attack, Completion, Failure, Message, RoundResult, Trial, Verdict
from sparring.report.audited import audit_summary
from sparring.statistics import clustered_rate, rate
from sparring.studies.answer_forms import FORMS
from sparring.studies.audit import AuditChoices, AuditSettings, Judged, UnansweredRow, decide, summarise_audit
from sparring.studies.audit_text import audit_markdown, audit_text
from sparring.studies.junit import audit_junit
from sparring.studies.metrics import worst_first
from sparring.studies.scoring import verdict_on
from sparring.studies.suite import bfcl_output

RECIPE = load_params(Path(__file__).parents[3] / "params.yaml")
NOTHING = rate(0, 0)
SETTINGS = AuditSettings(
    base_url="http://x/v1", model="m`1", key_variable=None, adapter=None, attacker="rules", seeds="test"
)


def trial(name, right=True, seed="w0", strategy="chatty", rejected_by=None):
    attack = Attack(id=name, example_id=seed, query=f"rewritten {name}", strategy=strategy, round="audit", seed=0)
    if rejected_by is not None:
        return Trial(attack=attack, completions=[], rejected_by=rejected_by, verdicts=[])
    verdict = Verdict(True) if right else Verdict(False, Failure.NO_CALL, "wrong_count", "expected 1 calls, got 0")
    answer = Completion(attack_id=name, sample=0, text="[]")
    return Trial(attack=attack, completions=[answer], rejected_by=None, verdicts=[verdict])


@pytest.mark.parametrize(
    ("success", "unanswered", "fail_above", "state", "code"),
    [
        (clustered_rate({f"s{i}": (0, 3) for i in range(60)}), rate(0, 99), 0.2, "passed", 0),
        (clustered_rate({f"s{i}": (3, 3) for i in range(60)}), rate(0, 99), 0.2, "failed", 1),
        (clustered_rate({f"s{i}": (0, 1) for i in range(3)}), rate(0, 99), 0.2, "too little to say", 4),
        (rate(30, 99), rate(0, 99), 0.3, "too little to say", 4),
        (rate(0, 99), rate(9, 99), 0.2, "incomplete", 3),
        (NOTHING, rate(0, 9), 0.2, "incomplete", 3),
        (NOTHING, rate(0, 9), None, "incomplete", 3),
        (rate(90, 99), rate(0, 99), None, "measured", 0),
        (rate(99, 99), rate(0, 99), 1.0, "passed", 0),
    ],
)
def test_the_interval_decides_and_each_outcome_has_its_own_exit_code(success, unanswered, fail_above, state, code):
    found = decide({"heldout_success": success, "unanswered": unanswered}, RECIPE.audit, fail_above)
    assert (found.state, found.exit_code) == (state, code)
    assert found.reason


SAFE, OPEN, WIDE = (
    clustered_rate({f"s{i}": (lost, 3) for i in range(count)}) for lost, count in ((0, 60), (3, 60), (0, 3))
)


@pytest.mark.parametrize(
    ("calling", "declining", "state", "named"),
    [
        (SAFE, SAFE, "passed", "attack success is"),
        (SAFE, OPEN, "failed", "need none"),
        (OPEN, SAFE, "failed", "need a call"),
        (SAFE, WIDE, "too little to say", "need none"),
        (WIDE, SAFE, "too little to say", "need a call"),
        (WIDE, OPEN, "failed", "need none"),
        (SAFE, NOTHING, "passed", "attack success is"),
    ],
)
def test_a_target_passes_where_each_kind_that_was_attacked_does(calling, declining, state, named):
    rates = {"heldout_success": SAFE, "heldout_success/call": calling, "heldout_success/no_call": declining}
    found = decide(rates | {"unanswered": rate(0, 99)}, RECIPE.audit, 0.2)
    assert found.state == state
    assert named in found.reason


def test_an_audits_answers_have_a_length_of_their_own_and_the_command_line_the_last_word():
    assert RECIPE.target.max_new_tokens < RECIPE.audit.max_new_tokens
    assert AuditChoices().applied(RECIPE).target.max_new_tokens == RECIPE.audit.max_new_tokens == 512
    chosen = AuditChoices(seeds=7, attacks_per_seed=6, max_new_tokens=2048, concurrency=2).applied(RECIPE)
    assert chosen.target.max_new_tokens == chosen.audit.max_new_tokens == 2048
    assert (chosen.audit.seeds, chosen.audit.attacks_per_seed, chosen.audit.concurrency) == (7, 6, 2)
    assert chosen.audit.timeout_s == RECIPE.audit.timeout_s


@pytest.fixture
def audited(make_weather):
    """Eight seeds; `uppercase` won all of its five attacks, `casual` one of many; a row without an answer."""
    seeds = {f"w{i}": make_weather(f"w{i}") for i in range(8)}
    declining = make_weather("n0").model_copy(update={"id": "n0", "category": "irrelevance", "gold": []})
    clean = [trial(f"untouched:w{i}", seed=f"w{i}") for i in range(8)] + [trial("untouched:n0", False, "n0")]
    trials = [trial(f"u{i}", False, f"w{i}", "uppercase") for i in range(5)]
    trials += [trial(f"c{i}", i > 0, f"w{i % 8}", "casual > bare") for i in range(24)]
    trials += [trial("gone", seed="w1", rejected_by="leak")]
    schema = [trial("s0", False, "w0", "schema:shuffle"), trial("s1", True, "w1", "schema:reword")]
    judged = Judged(clean, trials, schema, [UnansweredRow(attack_id="c0", reason="HTTP 500 | <b>")])
    choices = AuditChoices(fail_above=0.2, attacks_per_seed=4)
    params = choices.applied(RECIPE)
    return summarise_audit(SETTINGS, choices, params, judged, seeds | {"n0": declining}, {}, {}), judged, params


def test_it_counts_rows_that_want_no_call_and_changed_tools_apart(audited):
    result, _, _ = audited
    counted = {name: (found.count, found.total) for name, found in result.rates.items()}
    assert counted["clean_accuracy"] == (8, 8)
    assert counted["no_call_accuracy"] == (0, 1)
    assert counted["schema_success"] == (1, 2)
    assert counted["schema_success/shuffle"] == (1, 1)
    assert counted["heldout_success"] == counted["heldout_success/call"] == (6, 29)
    assert counted["heldout_success/no_call"] == (0, 0)
    assert result.breadth["heldout_effective_strategies"].won == 6
    assert result.breadth["heldout_effective_strategies/no_call"].effective is None
    assert result.counts["asked"] == 9 + 29 + 2
    assert result.counts["attacks_not_made"] == 2
    assert "too little to say" in result.verdict


def test_attacks_on_requests_that_need_no_call_are_counted_and_told_apart(make_weather):
    declining = make_weather("n0").model_copy(update={"category": "irrelevance", "gold": []})
    clean = [trial("untouched:w0"), trial("untouched:n0", seed="n0")]
    lured = [trial(f"w{i}", seed="w0") for i in range(3)] + [trial(f"n{i}", i > 0, "n0") for i in range(3)]
    choices = AuditChoices(attacks_per_seed=3)
    judged = Judged(clean, lured, [trial("s0", False, "n0", "schema:shuffle")], [])
    seeds = {"w0": make_weather("w0"), "n0": declining}
    result = summarise_audit(SETTINGS, choices, choices.applied(RECIPE), judged, seeds, {}, {})
    counted = {name: (found.count, found.total) for name, found in result.rates.items()}
    assert [counted[f"heldout_success{kind}"] for kind in ("", "/call", "/no_call")] == [(1, 6), (0, 3), (1, 3)]
    assert counted["schema_success/no_call"] == (1, 1)
    assert (result.counts["no_call_attacks"], result.counts["attacks_not_made"]) == (3, 0)
    for said in (audit_text(result, []), audit_markdown(result, [])):
        assert "on requests that need none" in said
        assert "1 of 3" in said


def test_attacks_after_earlier_turns_are_told_apart(make_weather):
    def after_turns(one):
        turns = [
            Message(role="user", content="What is the weather in Rome?"),
            Message(role="assistant", content="Sunny."),
        ]
        return one.model_copy(update={"attack": one.attack.model_copy(update={"turns": turns})})

    alone = [trial(f"a{i}", i > 0) for i in range(4)]
    later = [after_turns(trial("t0", False)), after_turns(trial("t1")), after_turns(trial("t2", rejected_by="leak"))]
    choices = AuditChoices(attacks_per_seed=7)
    judged = Judged([trial("untouched:w0")], [*alone, *later], [], [])
    result = summarise_audit(SETTINGS, choices, choices.applied(RECIPE), judged, {"w0": make_weather("w0")}, {}, {})
    found = result.rates["heldout_success/turns"]
    assert (found.count, found.total) == (1, 2)
    assert any("after earlier turns" in line and "1 of 2" in line for line in audit_text(result, []).splitlines())


def test_without_conversations_the_share_after_earlier_turns_is_undefined(audited):
    result, _, _ = audited
    assert result.rates["heldout_success/turns"].value is None


def test_operators_stand_in_the_order_of_their_surest_weakness(audited):
    result, judged, _ = audited
    for said in (audit_text(result, []), audit_markdown(result, [])):
        assert any("effective number of strategies" in line and "of 6 won)" in line for line in said.splitlines())
    assert [name for name, _ in worst_first(result.operators)] == ["uppercase", "bare", "casual", "chatty"]
    said = audit_text(result, judged.unanswered)
    assert said.index("uppercase") < said.index("bare") < said.index("casual")
    assert "5 of 5" in said
    shown = audit_markdown(result, judged.unanswered)
    assert shown.index("` uppercase `") < shown.index("` bare `")
    assert "` HTTP 500 | <b> `" in shown
    undefined = {"a": {"success": NOTHING}, "b": {"success": rate(0, 3)}}
    assert [name for name, _ in worst_first(undefined)] == ["b", "a"]


@pytest.mark.parametrize(("fail_above", "failures", "skipped"), [(0.01, 1, 0), (0.2, 0, 1), (0.99, 0, 0), (None, 0, 1)])
def test_junit_has_a_state_of_its_own_for_too_little_to_say(audited, fail_above, failures, skipped):
    result, _, params = audited
    suite = ElementTree.fromstring(
        audit_junit("night\x1bly", result, params.audit.model_copy(update={"max_unanswered": 1.0}), fail_above)
    )
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("2", str(failures), str(skipped))
    assert len(suite.findall("testcase/failure")) == failures
    assert len(suite.findall("testcase/skipped")) == skipped
    if failures:
        assert "uppercase" in suite.findtext("testcase/failure")


def test_junit_of_an_incomplete_audit_is_an_error(audited):
    result, _, params = audited
    none = params.audit.model_copy(update={"max_unanswered": 0.0})
    suite = ElementTree.fromstring(audit_junit("nightly", result, none, 0.2))
    assert (suite.get("errors"), suite.get("failures")) == ("1", "0")


PROSE = (
    "I'm sorry, none of these functions can help with that.",
    "The city is Paris, but I need to know the days. Could you tell me?",
    "No tool available for unit conversion or measurement calculation.",
    "",
)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("text", PROSE)
def test_prose_counts_the_same_in_suite_and_audit(dialect, text, make_weather):
    """Where a call is wanted none was made; where none is, it is right. The suite reads BFCL's rows raw."""
    for category, gold in (("simple_python", [{"get_weather": {"city": ["Paris"]}}]), ("irrelevance", [])):
        seed = make_weather()
        seed = seed.model_copy(update={"category": category, "gold": seed.gold if gold else []})
        attack = Attack(id="a", example_id=seed.id, query="?", strategy="chatty", round="audit", seed=0)
        answer = Completion(attack_id="a", sample=0, text=text)
        (judged,) = trials_of(ungated([attack]), [answer], {seed.id: seed}, DIALECTS[dialect])
        tool = {"name": "get_weather", "parameters": seed.tools[0].parameters}
        row = {"id": "r", "category": category, "function": [tool], "ground_truth": gold}
        scored = verdict_on(row, bfcl_output(dialect, text), FORMS[dialect], renamed=False)
        assert (judged.scored[0].correct, judged.scored[0].failure) == (scored.correct, scored.failure)
        assert judged.scored[0].failure == (Failure.NO_CALL if gold else None)


def test_why_rows_have_no_answer_is_counted_and_in_every_form_of_the_result(make_weather):
    """Untouched rows, attacks and changed tools alike: cut ones first, they are the most."""
    cut = "cut at 64 tokens (finish_reason: length)"
    left = [UnansweredRow(attack_id=name, reason=cut) for name in ("untouched:w0", "a1", "audit:w0:schema:reword")]
    left += [UnansweredRow(attack_id="a2", reason="HTTP 500 (3 attempts)")]
    choices = AuditChoices()
    judged = Judged([trial("untouched:w0")], [trial(f"a{i}", False) for i in range(5)], [], left)
    result = summarise_audit(SETTINGS, choices, choices.applied(RECIPE), judged, {"w0": make_weather("w0")}, {}, {})
    assert result.unanswered == {cut: 3, "HTTP 500 (3 attempts)": 1}
    shown = (audit_text(result, left), audit_markdown(result, left), "\n".join(audit_summary(result)))
    for said in shown:
        assert "3 x" in said
        assert "finish_reason: length" in said
    assert RoundResult.model_validate_json(result.model_dump_json()) == result
