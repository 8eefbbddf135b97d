"""Answers as models of many families write them: what is a call in a dialect, what is a call elsewhere, what is prose."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.checker import ParseError, check
from sparring.dialects import DIALECTS
from sparring.records import Call, Example, Failure

CASES = Path(__file__).parents[2] / "cases"


def rows(name):
    return [json.loads(line) for line in (CASES / name).read_text(encoding="utf-8").splitlines()]


def no_call_row(tool):
    properties = {"city": {"type": "string"}}
    return Example.model_validate(
        {
            "id": f"no {tool}",
            "source": "test",
            "category": "irrelevance",
            "tools": [{"name": tool, "parameters": {"type": "dict", "properties": properties, "required": []}}],
            "messages": [{"role": "user", "content": "?"}],
            "gold": [],
        }
    )


def as_json(calls):
    return json.loads(json.dumps(calls))


@pytest.mark.parametrize("case", rows("parsers.jsonl"), ids=lambda case: case["id"])
def test_a_text_holds_the_calls_that_its_models_own_runtime_reads(case):
    dialect = DIALECTS[case["dialect"]]
    if case["expected"] == "refuse":
        with pytest.raises(ParseError):
            dialect.parse(case["text"])
    else:
        assert as_json(dialect.parse(case["text"])) == case["expected"]


@pytest.mark.parametrize("name", sorted(DIALECTS))
@pytest.mark.parametrize("case", rows("no_call.jsonl"), ids=lambda case: case["text"][:40])
def test_prose_alone_abstains(name, case):
    verdict = check(no_call_row(case["tool"]), case["text"], parse=DIALECTS[name].parse)
    assert verdict.correct is case["abstains"]
    assert verdict.failure in {None, Failure.UNPARSEABLE, Failure.UNWANTED_CALL}


@pytest.mark.parametrize("text", [case["text"] for case in rows("no_call.jsonl") if case["abstains"]])
def test_prose_on_a_row_that_wants_a_call_is_no_call_and_never_unreadable(weather_seed, text):
    for dialect in DIALECTS.values():
        assert check(weather_seed, text, parse=dialect.parse).failure is Failure.NO_CALL
    assert check(weather_seed, text).failure is Failure.NO_CALL


ARGUMENTS = '{"city": "Oslo", "days": 3}'
FOREIGN = {
    "llama's function tag": "<function={name}>{arguments}</function>",
    "qwen coder": "<tool_call>\n<function={name}>\n<parameter=city>\nOslo\n</parameter>\n</function>\n</tool_call>",
    "glm": "<tool_call>{name}\n<arg_key>city</arg_key>\n<arg_value>Oslo</arg_value>\n</tool_call>",
    "minimax": '<minimax:tool_call>\n<invoke name="{name}">\n<parameter name="city">Oslo</parameter>\n</invoke>',
    "deepseek": "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>{name}\n```json\n{arguments}\n```",
    "kimi": "<|tool_calls_section_begin|><|tool_call_begin|>functions.{name}:0<|tool_call_argument_begin|>{arguments}",
    "harmony": "<|channel|>commentary to=functions.{name} <|message|>{arguments}<|call|>",
    "react": "Thought: I have to look.\nAction: {name}\nAction Input: {arguments}",
    "functionary": ">>>{name}\n{arguments}",
    "phi": 'functools[{{"name": "{name}", "arguments": {arguments}}}]',
    "internlm": '<|action_start|><|plugin|>\n{{"name": "{name}", "parameters": {arguments}}}<|action_end|>',
    "jamba": '<tool_calls>[{{"name": "{name}", "arguments": {arguments}}}]</tool_calls>',
    "nemotron": '<TOOLCALL>[{{"name": "{name}", "arguments": {arguments}}}]</TOOLCALL>',
    "cohere": '<|START_ACTION|>[{{"tool_name": "{name}", "parameters": {arguments}}}]<|END_ACTION|>',
    "olmo": '<function_calls>\n{name}(city="Oslo", days=3)\n</function_calls>',
    "lfm": '<|tool_call_start|>[{name}(city="Oslo", days=3)]<|tool_call_end|>',
    "a name and an object": "{name}\n{arguments}",
    "python": '{name}(city="Oslo", days=3)',
    "python in words": 'I would call {name}(city="Oslo") for that.',
    "python in a fence": '```python\n{name}(city="Oslo")\n```',
    "python cut": '[{name}(city="Os',
    "openai": '{{"tool_calls": [{{"type": "function", "function": {{"name": "{name}", "arguments": {arguments}}}}}]}}',
    "an old function call": '{{"function_call": {{"name": "{name}", "arguments": {arguments}}}}}',
    "anthropic": '{{"type": "tool_use", "id": "t1", "name": "{name}", "input": {arguments}}}',
    "json in words": 'Sure. {{"name": "{name}", "arguments": {arguments}}}',
    "json cut": '{{"name": "{name}", "arguments": {{"city": "Os',
    "a name for a key": '[{{"{name}": {arguments}}}]',
    "elements": "<{name}><city>Oslo</city></{name}>",
}
WRITABLE = st.text(max_size=8).filter(lambda text: "<escape>" not in text)  # FunctionGemma's, which it cannot write
TOOL_NAMES = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,12}(\.[a-zA-Z_][a-zA-Z0-9_]{0,6})?", fullmatch=True)


@settings(max_examples=40, deadline=None)
@given(name=TOOL_NAMES, form=st.sampled_from(sorted(FOREIGN)))
def test_no_call_of_another_family_is_ever_an_abstention(name, form):
    text = FOREIGN[form].format(name=name, arguments=ARGUMENTS)
    for dialect in DIALECTS.values():
        assert not check(no_call_row(name), text, parse=dialect.parse).correct, text
    assert not check(no_call_row(name), text).correct, text


@pytest.mark.parametrize("written", sorted(DIALECTS))
@settings(max_examples=40, deadline=None)
@given(name=TOOL_NAMES, city=WRITABLE, number=st.integers(-9, 99))
def test_no_call_of_one_dialect_is_an_abstention_in_another(written, name, city, number):
    calls = [Call(name=name, arguments={"city": city, "days": number})] * 2
    for text in (DIALECTS[written].render(calls[:1]), DIALECTS[written].render(calls)):
        for dialect in DIALECTS.values():
            assert not check(no_call_row(name), text, parse=dialect.parse).correct, text


@pytest.mark.parametrize("written", sorted(DIALECTS))
@settings(max_examples=40, deadline=None)
@given(name=st.from_regex(r"[a-z]{3,9}_[a-z]{3,9}", fullmatch=True), left_out=st.integers(1, 60))
def test_a_call_that_was_cut_is_no_abstention(written, name, left_out):
    call = Call(name=name, arguments={"city": "Oslo, Norway", "days": [1, 2, {"a": "b"}], "by": {"kind": "road"}})
    whole = DIALECTS[written].render([call])
    text = whole[: max(whole.index(name) + len(name) + 1, len(whole) - left_out)]
    for dialect in DIALECTS.values():
        assert not check(no_call_row(name), text, parse=dialect.parse).correct, text


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_prose_may_be_longer_than_what_is_read_for_calls(name):
    long = "I cannot do that (yet), as 1. the {city} is missing. " * 2_000
    assert DIALECTS[name].parse(long) == []
    with pytest.raises(ParseError, match="characters"):
        DIALECTS[name].parse(long + FOREIGN["openai"].format(name="f", arguments=ARGUMENTS))


WORDS = (
    "I you cannot need your address emails weather. weather, (if you like) it's [1] f(x) {place} name: action 5 $3.50 "
    'e.g. https://a.org/b?c=d&e=f "quoted" — ’ « » 漢字 *bold* `code` - # > 1. 10% a/b a=b (a=b) <b>bold</b> ... None '
    "true"
).split(" ")
BREAKS = ["\n", "\n\n", "\n- ", ": ", "; "]
PROSE = st.lists(st.sampled_from(WORDS + BREAKS), min_size=1, max_size=25).map(
    lambda words: " ".join(["Well,", *words])
)


@settings(max_examples=300, deadline=None)
@given(text=PROSE, tool=st.sampled_from(["add", "email", "weather", "f", "name", "action", "a", "code", "e"]))
def test_no_prose_that_holds_no_call_is_ever_unreadable(text, tool):
    for dialect in DIALECTS.values():
        assert dialect.parse(text) == []
        assert check(no_call_row(tool), text, parse=dialect.parse).correct
    assert check(no_call_row(tool), text).correct
