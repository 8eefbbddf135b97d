"""One contract for every dialect: what it writes it reads back, what declines is no call, anything else is ParseError."""

import json
import time
from pathlib import Path

import pytest
import trl
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers.utils.chat_template_utils import render_jinja_template

from sparring.checker import ParseError
from sparring.checker.check import check
from sparring.dialects import DIALECTS
from sparring.gold import gold_calls
from sparring.records import Call, Example
from sparring.sources.bfcl import CATEGORIES, load_bfcl

WRITTEN_HERE = sorted(set(DIALECTS) - {"pythonic"})
PYTHON_CATEGORIES = [name for name in CATEGORIES if name not in {"simple_java", "simple_javascript"}]
TEMPLATES = Path(trl.__file__).parent / "chat_templates"
MAX_PARSE_S = 0.5

PARIS = [("get_weather", {"city": "Paris", "days": 3})]
TWO = [*PARIS, ("geo.find", {"at": [1.5, -2], "near": None, "exact": True, "by": {"kind": "road"}})]


def as_json(calls):
    """Calls as JSON holds them: tuples are lists, keys are strings."""
    return json.loads(json.dumps([[name, arguments] for name, arguments in calls]))


def read_back(dialect, calls):
    return as_json(dialect.parse(dialect.render(calls)))


def pairs(calls):
    return as_json([(call.name, call.arguments) for call in calls])


@pytest.fixture(scope="module")
def bfcl(bfcl_wheel) -> list[Example]:
    return load_bfcl(bfcl_wheel, PYTHON_CATEGORIES)


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_every_bfcl_python_gold_comes_back(bfcl, name):
    dialect = DIALECTS[name]
    assert len(bfcl) > 3_000
    wrong = [example.id for example in bfcl if read_back(dialect, gold_calls(example)) != pairs(gold_calls(example))]
    assert wrong == []


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_the_gold_of_a_seed_is_right_in_every_dialect(weather_seed, name):
    dialect = DIALECTS[name]
    assert check(weather_seed, dialect.render(gold_calls(weather_seed)), parse=dialect.parse).correct


numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
marks = st.sampled_from(
    [
        "</tool_call>",
        "<tool_call>",
        "[TOOL_CALLS]",
        "[ARGS]",
        "<end_function_call>",
        '"name": ',
        "; ",
        "```",
        "\\",
        "}]",
    ]
)
texts = st.text(max_size=12) | st.builds("{}{}{}".format, st.text(max_size=4), marks, st.text(max_size=4))
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
names = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,8}(\.[a-zA-Z_][a-zA-Z0-9_]{0,8}){0,2}", fullmatch=True)
made_calls = st.lists(st.builds(Call, name=names, arguments=st.dictionaries(texts, values, max_size=4)), max_size=4)


@pytest.mark.parametrize("name", WRITTEN_HERE)
@settings(max_examples=150, deadline=None)
@given(calls=made_calls)
def test_made_calls_come_back_whatever_their_texts_hold(name, calls):
    assert read_back(DIALECTS[name], calls) == pairs(calls)


@pytest.mark.parametrize("name", WRITTEN_HERE)
@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=80) | st.lists(marks | st.text(max_size=5), max_size=12).map("".join))
def test_any_text_is_calls_or_a_refusal_or_a_parse_error(name, text):
    try:
        calls = DIALECTS[name].parse(text)
    except ParseError:
        return
    assert all(isinstance(called, str) and isinstance(arguments, dict) for called, arguments in calls)


@pytest.mark.parametrize("name", WRITTEN_HERE)
@settings(max_examples=200, deadline=None)
@given(calls=made_calls.filter(bool), cut=st.floats(0.1, 0.95))
def test_a_text_cut_short_gives_no_more_than_its_whole_calls(name, calls, cut):
    text = DIALECTS[name].render(calls)
    kept = text[: max(1, int(len(text) * cut))]
    try:
        found = DIALECTS[name].parse(kept)
    except ParseError:
        return
    assert as_json(found) == pairs(calls)[: len(found)]


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_no_calls_are_written_and_read_as_none(name):
    assert DIALECTS[name].parse(DIALECTS[name].render([])) == []


@pytest.mark.parametrize("name", WRITTEN_HERE)
@pytest.mark.parametrize(
    "text",
    ["", "I am sorry, but none of the functions can do that.", "Which city (or {place}) do you mean?", "```\nno\n```"],
)
def test_prose_declines(name, text):
    assert DIALECTS[name].parse(text) == []


@pytest.mark.parametrize(
    ("name", "text", "calls"),
    [
        ("hermes", '<tool_call>{"name": "get_weather", "arguments": {"city": "Paris", "days": 3}}</tool_call>', PARIS),
        (
            "hermes",
            '<think>\nI use <tool_call>.\n</think>\n\nLet me look.\n<tool_call>\n{"name": "get_weather", "arguments": '
            '{"city": "Paris", "days": 3}}\n</tool_call>\nDone.',
            PARIS,
        ),
        ("llama3", '<|python_tag|>{"name": "get_weather", "parameters": {"city": "Paris", "days": 3}}', PARIS),
        (
            "llama3",
            '{"name": "get_weather", "parameters": {"city": "Paris", "days": 3}}; {"name": "geo.find", "parameters": '
            '{"at": [1.5, -2], "near": null, "exact": true, "by": {"kind": "road"}}}',
            TWO,
        ),
        (
            "mistral",
            '[TOOL_CALLS][{"name": "get_weather", "arguments": {"city": "Paris", "days": 3}, "id": "a1"}]',
            PARIS,
        ),
        ("mistral", ' [{"name": "get_weather", "arguments": {"city": "Paris", "days": 3}}]', PARIS),
        (
            "mistral",
            '[TOOL_CALLS]get_weather[ARGS]{"city": "Paris", "days": 3}[TOOL_CALLS]geo.find[ARGS]{"at": [1.5, -2], '
            '"near": null, "exact": true, "by": {"kind": "road"}}',
            TWO,
        ),
        (
            "functiongemma",
            "<start_function_call>call:get_weather{city:<escape>Paris<escape>,days:3}<end_function_call>"
            "<start_function_call>call:geo.find{at:[1.5,-2],by:{kind:<escape>road<escape>},exact:true,near:None}"
            "<end_function_call><start_function_response>",
            TWO,
        ),
        ("xlam_json", '```json\n[{"name": "get_weather", "arguments": {"city": "Paris", "days": 3}}]\n```', PARIS),
        ("xlam_json", '{"tool_calls": [{"name": "get_weather", "arguments": {"city": "Paris", "days": 3}}]}', PARIS),
        ("plain_json", '{"name": "get_weather", "arguments": {"city": "Paris", "days": 3}}', PARIS),
    ],
)
def test_forms_that_models_write_are_read(name, text, calls):
    assert DIALECTS[name].parse(text) == calls


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("hermes", '<tool_call>\n{"name": "f", "arguments": "[]"}\n</tool_call>'),
        ("hermes", '<tool_call>\n{"name": "f", "city": "Paris"}\n</tool_call>'),
        ("hermes", '<tool_call>\n{"name": "f", "arguments": {}} and more'),
        ("hermes", '{"name": "f", "arguments": {}}\n</tool_call>'),
        ("hermes", '{"name": "f", "arguments": {}}'),
        ("hermes", "<think>I could call f and"),
        ("hermes", '<tool_call>{"name": "f", "arguments": {"a": 1, "a": 2}}</tool_call>'),
        ("llama3", '{"name": "f", "parameters": {}} is what I would call'),
        ("llama3", 'I would call {"name": "f", "parameters": {}}'),
        ("mistral", "[TOOL_CALLS]"),
        ("mistral", '[TOOL_CALLS] [{"name": "f", "arguments": {}}'),
        ("mistral", "[TOOL_CALLS]f[ARGS]{} and more"),
        ("functiongemma", "<start_function_call>call:f{a:<escape>open}<end_function_call>"),
        ("functiongemma", "<start_function_call>call:f{a:word}<end_function_call>"),
        ("functiongemma", "<start_function_call>call:f{a:1,a:2}<end_function_call>"),
        ("functiongemma", "call:f{a:1}"),
        ("xlam_json", '[{"name": "f", "arguments": {}}] done'),
        ("xlam_json", '[{"name": 5, "arguments": {}}]'),
        ("xlam_json", "[f(a=1)]"),
        ("xlam_json", "[1, 2]"),
        ("plain_json", "{'name': 'f', 'arguments': {}}"),
        ("plain_json", "true, {'name': 'f', 'arguments': {}}"),
    ],
)
def test_broken_calls_are_parse_errors(name, text):
    with pytest.raises(ParseError):
        DIALECTS[name].parse(text)


HOSTILE = {
    "too long": "[" + " " * 20_000,
    "brackets": "[" * 9_000,
    "braces": '{"name":' * 1_200,
    "blocks": "<tool_call>" * 900,
    "marked": "[TOOL_CALLS]" + "[" * 9_000,
    "named": "[TOOL_CALLS]f[ARGS]{}" * 450,
    "gemma": "<start_function_call>call:f{" + "a:{" * 3_000,
    "lists": "<start_function_call>call:f{a:" + "[" * 9_000,
    "digits": '<tool_call>{"name": "f", "arguments": {"a": ' + "9" * 9_000 + "}}</tool_call>",
    "many": ";".join(['{"name": "f", "parameters": {}}'] * 300),
    "empty lists": '[{"name": "f", "parameters": {}}];' + "[];" * 3_000 + "!",
    "fences": "```\n[" * 2_000,
    "keys": '"name"' + " " * 9_000,
    "calls": "call:" + "a" * 9_000 + "{",
}


@pytest.mark.parametrize("name", WRITTEN_HERE)
@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_hostile_text_ends_quickly_and_as_nothing_but_a_parse_error(name, kind):
    started = time.monotonic()
    try:
        assert DIALECTS[name].parse(HOSTILE[kind]) == []
    except ParseError as error:
        said = str(error)
        assert len(said) < 500
    assert time.monotonic() - started < MAX_PARSE_S


def test_functiongemma_names_what_it_cannot_write():
    with pytest.raises(ValueError, match="<escape>"):
        DIALECTS["functiongemma"].render([Call(name="f", arguments={"a": "x<escape>y"})])
    with pytest.raises(ValueError, match="name"):
        DIALECTS["functiongemma"].render([Call(name="f{}", arguments={})])


def template_text(file: str, messages) -> str:
    rendered, _ = render_jinja_template(
        [messages], chat_template=(TEMPLATES / file).read_text(encoding="utf-8"), bos_token="", eos_token=""
    )
    return rendered[0]


@pytest.mark.parametrize(
    ("name", "file", "number"),
    [("hermes", "qwen3.jinja", 2), ("hermes", "qwen2_5.jinja", 2), ("llama3", "llama3_1.jinja", 1)],
)
def test_calls_are_written_as_the_models_own_chat_template_writes_them(name, file, number):
    calls = [Call(name=called, arguments=arguments) for called, arguments in TWO[:number]]
    spoken = [{"type": "function", "function": call.model_dump()} for call in calls]
    messages = [{"role": "user", "content": "Go."}, {"role": "assistant", "content": "", "tool_calls": spoken}]
    assert DIALECTS[name].render(calls) in template_text(file, messages)


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_the_target_sees_every_tool_under_its_own_name_once(weather_seed, name):
    dotted = weather_seed.tools[0].model_copy(update={"name": "weather.now"})
    seed = weather_seed.model_copy(update={"tools": [dotted]})
    schemas = DIALECTS[name].schemas(seed)
    shown = json.dumps([DIALECTS[name].messages(seed), schemas])
    assert shown.count("weather.now") == 1
    assert DIALECTS[name].messages(seed)[-1] == {"role": "user", "content": seed.query}
