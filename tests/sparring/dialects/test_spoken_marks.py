"""Prose may speak of the marks of calls; whatever begins like a call behind one was attempted, however it was cut."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparring.checker import ParseError, check
from sparring.dialects import DIALECTS
from sparring.records import Call
from tests.sparring.dialects.test_answers_of_models import no_call_row

MARKS = [
    "<tool_call>",
    "</tool_call>",
    "[TOOL_CALLS]",
    "<function_call>",
    "<start_function_call>",
    "<|python_tag|>",
    "<|tool_call|>",
    "<|tool_call_start|>",
    "<function_calls>",
    "<tool_calls>",
    "<|tool_calls_section_begin|>",
    "<think>",
    "</think>",
]
SENTENCES = [
    "I would write {mark} here, but no tool fits.",
    "The `{mark}` token is what starts a call; none is needed.",
    'You wrote "{mark}" above: what did you mean?',
    "None of the tools fits, so I write no {mark}.",
    "Is {mark} the mark that you mean?",
    "My answer has no **`{mark}`** in it.",
    "A model that has no tools should not write {mark}, nor anything like it.",
    "I could use `{mark}` and `{other}`, yet nothing fits.",
    "{mark} is a mark, and I have no use for it.",
    "The marks are:\n- `{mark}`\n- `{other}`\n\nNone is needed.",
    "Between {mark} and {other} stands a call; there is none.",
    "If {mark} tags are used, they end in {other}; I use none.",
    "**{mark}** is a token of your template.",
    "{mark}? No, nothing fits.",
    'It would look like `{mark}\n{{"name": ..., "arguments": {{...}}}}\n{other}`, if a tool did fit.',
]
BEGUN_CALLS = [  # what opens a call in families without a dialect here, and the rest of it
    ("<|tool_call>", 'call:find_ship{harbour:<|"|>Bergen<|"|>}<tool_call|>'),
    ("<|channel>thought\nA ship.\n<channel|>call:find_ship{", 'harbour:<|"|>Bergen<|"|>}'),
    ("<|open|>tools", '<|sep|><|open|>call tool="find_ship" index="1"<|sep|><|close|>call<|sep|><|close|>tools<|sep|>'),
    ("]<]minimax[>[", '<tool_call>\n]<]minimax[>[<invoke name="find_ship">]<]minimax[>[<harbour>Bergen'),
    ("<steptml:invoke", ' name="find_ship"><steptml:parameter name="harbour">Bergen</steptml:parameter>'),
    ("<|tool_call:start|", ">find_ship\n<|tool_arg:start|>harbour<|tool_arg:value|>Bergen<|tool_arg:end|>"),
    ("<dots_function_call", '><invoke name="find_ship"></invoke></dots_function_call>'),
    ("<|tools_pre", 'fix|>[{"find_ship": {"harbour": "Bergen"}}]<|tools_suffix|>'),
    ("<|recipient|>", "find_ship\n<|content|>{}"),
    ("-> tool/function_call", '\n[{"name": "find_ship", "arguments": {"harbour": "Bergen"}}]'),
    ("**Tool Call:**\n```", 'json\n{"name": "find_ship", "arguments": {}}\n```'),
    ("Action: ```", 'json\n[{"tool_name": "find_ship", "parameters": {"harbour": "Bergen"}}]```'),
    ("commentary to=", 'functions.find_ship json{"harbour": "Bergen"}'),
    ('{"name"', ': "find_ship", "arguments": {"harbour": "Bergen"}}'),
    ('{"function":', ' "find_ship", "args": {"harbour": "Bergen"}}'),
    ("find_ship\n{", '"harbour": "Bergen"}'),
]


def reads(text):
    """Calls by dialect; "refused" where the text is no prose and cannot be read."""
    found = {}
    for name, dialect in DIALECTS.items():
        try:
            found[name] = dialect.parse(text)
        except ParseError:
            found[name] = "refused"
    return found


@settings(max_examples=120, deadline=None)
@given(sentences=st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=3), data=st.data())
def test_prose_that_speaks_of_marks_is_an_abstention_in_every_dialect(sentences, data):
    marks = st.sampled_from(MARKS)
    text = "So: " + " ".join(each.format(mark=data.draw(marks), other=data.draw(marks)) for each in sentences)
    assert set(map(str, reads(text).values())) == {"[]"}, text
    assert check(no_call_row("get_weather"), text).correct


@pytest.mark.parametrize("written", ["hermes", "mistral", "functiongemma", "granite"])
@settings(max_examples=60, deadline=None)
@given(
    words=st.sampled_from(["", "Sure. ", "Let me look that up:\n", "I would write `<tool_call>` here. ", "I call "]),
    name=st.from_regex(r"[a-z]{3,9}_[a-z]{3,9}", fullmatch=True),
    text=st.sampled_from(["Oslo", "the weather of Oslo", "it's, well. fine", "a `b` c", "</tool_call>"]),
    kept=st.integers(0, 80),
)
def test_a_call_behind_a_mark_is_attempted_wherever_it_is_cut(written, words, name, text, kept):
    call = Call(name=name, arguments={"query": text, "days": [1, 2]})
    whole = DIALECTS[written].render([call])
    mark = whole.index("[TOOL_CALLS]") + 12 if written == "mistral" else whole.index(">") + 1
    cut = words + whole[: min(len(whole), mark + kept)]
    assert [] not in reads(cut).values(), cut
    for dialect in DIALECTS.values():
        assert not check(no_call_row(name), cut, parse=dialect.parse).correct, cut


@pytest.mark.parametrize("mark", [mark for mark in MARKS if "/" not in mark])
def test_a_mark_that_is_shown_on_a_line_of_its_own_is_spoken_of(mark):
    text = f"A call is begun by:\n\n    {mark}\n\nNothing of it is needed."
    assert set(map(str, reads(text).values())) == {"[]"}
    assert [] not in reads(f"A call is begun by:\n\n    {mark}\n\n{{").values()


@pytest.mark.parametrize(("begun", "rest"), BEGUN_CALLS, ids=[begun for begun, _ in BEGUN_CALLS])
@settings(max_examples=40, deadline=None)
@given(words=st.sampled_from(["", "I look.\n", "No tool is called `<tool_call>`.\n"]), data=st.data())
def test_a_call_of_another_family_is_attempted_wherever_it_is_cut(begun, rest, words, data):
    cut = words + begun + rest[: data.draw(st.integers(0, len(rest)))]
    for dialect in DIALECTS.values():
        assert not check(no_call_row("another_tool"), cut, parse=dialect.parse).correct, cut


@pytest.mark.parametrize(
    "thought",
    [
        "<|channel>thought\n{}<channel|>",
        "<|open|>think<|sep|>{}<|close|>think<|sep|>",
        "<|think:start|>{}<|think:end|>",
    ],
)
def test_thoughts_of_further_families_are_never_read_for_calls(thought):
    written = thought.format('Maybe <tool_call>{"name": "f", "arguments": {}}</tool_call>? No.')
    for name, dialect in DIALECTS.items():
        assert dialect.parse(written + "No tool fits.") == []
        call = Call(name="f", arguments={"x": 1})
        assert dialect.parse(written + dialect.render([call])) == [("f", {"x": 1})], name


@pytest.mark.parametrize("dialect", ["hermes", "granite", "xlam_json"])
def test_a_call_behind_words_about_its_mark_is_read(dialect):
    text = 'I use `<tool_call>` marks:\n<tool_call>\n{"name": "f", "arguments": {"x": "<tool_call>"}}\n</tool_call>'
    assert DIALECTS[dialect].parse(text) == [("f", {"x": "<tool_call>"})]
