"""What a dialect writes it reads back, or it says by name that it cannot; thoughts are never read; values are bounded."""

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from sparring.checker import ParseError, check
from sparring.checker.bounds import MAX_DIGITS
from sparring.checker.python_text import MAX_CHARS
from sparring.dialects import DIALECTS, fault_of_row
from sparring.project.aliases import Alias, proposals
from sparring.records import Attack, Call, Completion, Example, Message, Trial, Verdict
from sparring.studies.scoring import RowVerdict
from sparring.targets.judge import Judgement, Opinion

LETTERS = st.characters(exclude_categories=["Cs", "Cc"])
NAMES = st.text(LETTERS, min_size=1, max_size=12) | st.sampled_from(
    [
        "brave-search",
        "Market Trends",
        "a::b",
        "3d_search",
        "mcp__context7__get-library-docs",
        "class",
        "ﬁnd",
        "名前",
        "x.y",
    ]
)
KEYS = st.text(LETTERS, max_size=8) | st.sampled_from(["from", "class", "user-id", "None", "$top", "a b", "ﬁ", "self"])
NUMBERS = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(LETTERS, max_size=10) | st.sampled_from(
    ["</think>", "<think>", "it's", '"', "\\", "\n", "<escape>", "true"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)
ARGUMENTS = st.dictionaries(KEYS, VALUES, max_size=4)
JSON_DIALECTS = ["hermes", "llama3", "mistral", "granite", "xlam_json", "plain_json"]


def row(name, arguments):
    """A row whose gold is one call, all arguments of any type."""
    return Example.model_validate(
        {
            "id": "made",
            "source": "test",
            "category": "simple_python",
            "tools": [
                {
                    "name": name,
                    "parameters": {"type": "dict", "properties": {key: {"type": "any"} for key in arguments}},
                }
            ],
            "messages": [{"role": "user", "content": "?"}],
            "gold": [{"name": name, "arguments": {key: [value] for key, value in arguments.items()}}],
        }
    )


def as_json(calls):
    return json.loads(json.dumps(calls))


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
@settings(max_examples=150, deadline=None)
@given(name=NAMES, arguments=ARGUMENTS)
def test_calls_of_any_names_and_values_come_back_or_are_refused_by_name(dialect, name, arguments):
    calls = [Call(name=name, arguments=arguments)]
    reason = DIALECTS[dialect].unwritable(calls)
    if reason is None:
        assert as_json(DIALECTS[dialect].parse(DIALECTS[dialect].render(calls))) == as_json([[name, arguments]])
    else:
        assert repr(name) in reason
        assert len(reason) < 500
        assert dialect not in JSON_DIALECTS or (dialect == "granite" and name == "no_function")


@pytest.mark.parametrize("name", ["brave-search", "Market Trends", "a::b", "3d_search", "from", "x.y-z", "名前", "ﬁnd"])
@pytest.mark.parametrize("key", ["from", "class", "user-id", "a b", "$top", "None", "ﬁ", "名"])
def test_pythonic_writes_and_reads_what_is_no_python(name, key):
    gold = row(name, {"q": "a", key: {"b": [True, None, 1.5]}})
    assert fault_of_row(gold, DIALECTS["pythonic"]) is None


@pytest.mark.parametrize(
    ("dialect", "name", "arguments", "said"),
    [
        ("pythonic", "a,b", {}, "'a,b'"),
        ("pythonic", "f(x)", {"a": 1}, "'f(x)'"),
        ("pythonic", "f", {"a": "(" * 70}, "'f'"),
        ("functiongemma", "two words", {}, "'two words'"),
        ("functiongemma", "f", {"a": "<escape>"}, "<escape>"),
        ("granite", "no_function", {}, "'no_function'"),
        *((name, "f", {"a": 10**MAX_DIGITS}, "digits") for name in DIALECTS),
        *((name, "f", {"a": "x" * MAX_CHARS}, str(MAX_CHARS)) for name in DIALECTS),
        *((name, "", {}, "''") for name in DIALECTS),
    ],
)
def test_gold_that_a_dialect_cannot_write_is_named(dialect, name, arguments, said):
    assert said in fault_of_row(row(name, arguments), DIALECTS[dialect])


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_history_that_a_dialect_cannot_say_is_named_by_its_message(weather_seed, dialect):
    """As an assistant's turn of another API had it; what is named here could be asked otherwise."""

    def after(name):
        called = Message(role="assistant", content="I look", tool_calls=[Call(name=name, arguments={"city": "Oslo"})])
        return weather_seed.model_copy(update={"messages": [called, *weather_seed.messages]})

    assert fault_of_row(after("get_weather"), DIALECTS[dialect]) is None
    odd = "no_function" if dialect == "granite" else ""
    for name in (odd, "<<<<<<<<"):
        fault = fault_of_row(after(name), DIALECTS[dialect])
        assert fault is None or (fault.startswith("message 1: ") and repr(name) in fault)
        assert (fault is None) == (name == "<<<<<<<<" and dialect in JSON_DIALECTS)
        if fault is None:
            assert name in str(DIALECTS[dialect].messages(after(name)))


def test_gold_that_survives_has_no_fault_and_gold_that_is_wrong_has_its_verdict(weather_seed):
    for dialect in DIALECTS.values():
        assert fault_of_row(weather_seed, dialect) is None
        nothing = weather_seed.model_copy(update={"category": "irrelevance", "gold": []})
        assert fault_of_row(nothing, dialect) is None
        assert fault_of_row(nothing.model_copy(update={"category": "live_relevance"}), dialect) is None
        assert (
            "MISSING"
            in fault_of_row(
                weather_seed.model_copy(update={"gold": [weather_seed.gold[0].model_copy(update={"arguments": {}})]}),
                dialect,
            ).upper()
        )


OSLO = [Call(name="get_weather", arguments={"city": "Oslo"})]
BERGEN = [Call(name="get_weather", arguments={"city": "Bergen"})]


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
@pytest.mark.parametrize("thinking", sorted(DIALECTS))
@pytest.mark.parametrize(
    "thought",
    [
        "<think>\n{}\n</think>\n\n",
        "Maybe {}?\n</think>\n",
        "<think></think>\n<think>{}</think>",
        "[THINK]{}[/THINK]",
        "<|channel|>analysis<|message|>{}<|end|><|start|>assistant<|channel|>final<|message|>",
        "<think>{} " + "and so on " * 3_000 + "</think>",
        "{} " + "and so on " * 3_000 + "</think>\n",
    ],
)
def test_thoughts_are_not_read_and_not_counted(dialect, thinking, thought):
    text = thought.format(DIALECTS[thinking].render(BERGEN))
    assert len(DIALECTS[dialect].parse(text + DIALECTS[dialect].render(OSLO))) == 1
    assert DIALECTS[dialect].parse(text + DIALECTS[dialect].render(OSLO))[0][1] == {"city": "Oslo"}
    assert DIALECTS[dialect].parse(f"{text}I cannot do that.") == []


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_a_thought_without_an_end_is_no_answer(dialect):
    with pytest.raises(ParseError, match="no answer yet"):
        DIALECTS[dialect].parse("<think>\n" + DIALECTS[dialect].render(OSLO))


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
@settings(max_examples=100, deadline=None)
@given(text=st.sampled_from(["</think>", "a </think> b", "<think>", "<|im_end|>", "[/THINK]"]))
def test_marks_inside_values_are_values(dialect, text):
    calls = [Call(name="write", arguments={"text": text})]
    assert DIALECTS[dialect].parse(DIALECTS[dialect].render(calls)) == [("write", {"text": text})]


HOSTILE_VALUES = [
    *("9" * 9_000, "0x" + "f" * 9_000, "-" + "9" * 400, "1e999", "NaN", "Infinity", "-Infinity", "3j", r"b'\xff'"),
    *("[" * 500 + "]" * 500, '{"a":' * 500 + "1" + "}" * 500, r'"\ud83d"', r"'\ud83d'", '{"\\ud83d": 1}', "{1: 2}"),
    *("{(1, 2): 3}", "{None: 1}", "...", "{1, 2}", "set()", "'\ud83d'", "<escape>\ud83d<escape>", "inf", "1_000"),
    *("[1, (2, 3)]", '{"a": [null]}', "1e308", "10**400", "'a' * 3", "true", "x"),
]
CALLS_OF = {
    "pythonic": "[f(x={0})]",
    "hermes": '<tool_call>{{"name": "f", "arguments": {{"x": {0}}}}}</tool_call>',
    "llama3": '{{"name": "f", "parameters": {{"x": {0}}}}}',
    "mistral": '[TOOL_CALLS]f[ARGS]{{"x": {0}}}',
    "functiongemma": "<start_function_call>call:f{{x:{0}}}<end_function_call>",
    "granite": '<function_call> {{"name": "f", "arguments": {{"x": {0}}}}}',
    "xlam_json": '[{{"name": "f", "arguments": {{"x": {0}}}}}]',
    "plain_json": '[{{"name": "f", "arguments": {{"x": {0}}}}}]',
}


def kept_and_read_back(dialect, text):
    """Parses and checks an answer, and keeps it as a trial and as aliases, as a round does."""
    example = row("f", {"x": 1})
    verdict = check(example, text, parse=DIALECTS[dialect].parse)
    completion = Completion(attack_id="a", sample=0, text=text.encode("utf-8", "replace").decode())
    attack = Attack(id="a", example_id="made", query="?", strategy="s", round="r", seed=0)
    trial = Trial(attack=attack, completions=[completion], rejected_by=None, verdicts=[verdict])
    assert Trial.model_validate_json(trial.model_dump_json()) == trial
    judgement = Judgement(attack_id="a", opinion=Opinion.BOTH, texts=[])
    for alias in proposals([trial], [judgement], {"made": example}, DIALECTS[dialect].parse):
        written = alias.model_dump_json()
        assert Alias.model_validate_json(written).model_dump_json() == written


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
@pytest.mark.parametrize("value", HOSTILE_VALUES, ids=lambda value: ascii(value)[:20])
def test_values_are_what_json_holds_or_the_answer_is_unreadable(dialect, value):
    text = CALLS_OF[dialect].format(value)
    with suppress(ParseError):
        calls = DIALECTS[dialect].parse(text)
        assert json.loads(json.dumps(calls, allow_nan=False)) == as_json(calls)
        json.dumps(calls, ensure_ascii=False).encode()
    kept_and_read_back(dialect, text)


PIECES = st.sampled_from(
    ["[f(x=", "f", "(", ")", "]", "[", "{", "}", '"name"', '"arguments"', ":", ",", "'", '"', "\\", "**"]
)
ANSWERS = st.lists(
    PIECES | st.sampled_from(HOSTILE_VALUES[:9] + HOSTILE_VALUES[11:]) | st.text(max_size=3), max_size=12
)


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
@settings(max_examples=150, deadline=None)
@given(value=ANSWERS.map("".join))
def test_whatever_a_value_holds_the_answer_is_kept_and_read_back(dialect, value):
    kept_and_read_back(dialect, CALLS_OF[dialect].format(value))
    kept_and_read_back(dialect, value)


@pytest.mark.parametrize("value", HOSTILE_VALUES, ids=lambda value: ascii(value)[:20])
@pytest.mark.parametrize("form", ["[f(x={0})]", "[f(y={0})]", "[f(**{{'x': {0}}})]", "[f(x={{{0}: {0}}})]"])
def test_the_references_verdict_on_it_can_be_kept_as_well(form, value):
    verdict = check(row("f", {"x": 1}), form.format(value), mode="bfcl")
    assert not verdict.correct
    kept = TypeAdapter(Verdict)
    assert kept.validate_json(kept.dump_json(verdict)) == verdict


HALVES = (
    '<function_call>{"name": "\\ud8de", "": ""}',
    '<tool_call>{"name": "\\ud8de"}</tool_call>',
    '{"name": "\\ud8de", "parameters": 5}',
    '[{"name": "\\ud8de"}]',
    '[TOOL_CALLS][{"name": "\\ud8de"}]',
    "<start_function_call>call:\ud8de{<end_function_call>",
    "[\ud8de(x=1)]",
    "[f(x='\\ud8de', y=[)]",
)


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("text", HALVES)
@pytest.mark.parametrize("mode", ["strict", "bfcl"])
def test_the_verdict_on_half_a_character_can_be_kept(name, text, mode, weather_seed):
    verdict = check(weather_seed, text, mode=mode, parse=DIALECTS[name].parse)
    kept = RowVerdict(id="r", verdict=verdict)
    assert RowVerdict.model_validate_json(kept.model_dump_json()) == kept
