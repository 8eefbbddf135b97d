"""Llama 3.1 to 3.3: `{"name": ..., "parameters": {...}}`, several calls separated by "; ".

The chat templates render one call only; the separator is the one that served models write and vLLM's parser reads.
`<function=name>{...}</function>`, the form of Llama 3.1's own documentation, is read as well.
"""

import re
from collections.abc import Sequence

from sparring.checker.call_signs import prose
from sparring.checker.errors import ParseError
from sparring.checker.python_text import DecodedCall
from sparring.dialects.json_calls import (
    BETWEEN,
    KEYS,
    REFUSAL,
    ToolsInTemplate,
    call_object,
    calls_of,
    calls_or_prose,
    read_calls,
    to_json,
    unfenced,
    value_at,
)
from sparring.records import Call

STARTS = ("<|python_tag|>", "<|python_start|>")
END = "<|python_end|>"
KEY = "parameters"
FUNCTION = re.compile(r"<function=([^<>\s]+)>")
FUNCTION_END = "</function>"
OBJECT = re.compile(r"\{\s*\"")
OF_CALLS = {"name", "function", "function_call", "tool_calls", *KEYS}
MAX_FAULTS = 8  # objects that are none; each is read to where it breaks


class Llama3(ToolsInTemplate):
    """Calls as JSON objects in a row."""

    def render(self, calls: Sequence[Call]) -> str:
        """The objects, separated by "; "; a sentence where nothing is called."""
        return "; ".join(to_json(call_object(call, KEY)) for call in calls) or REFUSAL

    def parse(self, text: str) -> list[DecodedCall]:
        """Calls in a row, or among words."""
        return read_calls(text, _calls)


def _calls(text: str) -> list[DecodedCall]:
    text = unfenced(text)
    marked = text.startswith(STARTS)
    for start in STARTS:
        text = text.removeprefix(start).strip()
    if marked and not text:
        raise ParseError(f"nothing stands behind {' or '.join(STARTS)}")
    if marked or FUNCTION.match(text):
        return _in_a_row(text)
    try:
        return calls_or_prose(text, _in_a_row)
    except ParseError as error:
        return _among_words(text, error)


def _among_words(text: str, error: ParseError) -> list[DecodedCall]:
    """Calls that words and data stand around, as vLLM reads them; raises the given error where there are none."""
    calls: list[DecodedCall] = []
    outside: list[str] = []
    place = faults = 0
    for found in OBJECT.finditer(text):
        if found.start() < place:
            continue
        try:
            value, end = value_at(text, found.start())
        except ParseError:
            faults += 1
            if faults > MAX_FAULTS:
                raise error from None
            continue
        if "name" in value and any(key in value for key in KEYS):
            calls += calls_of(value, KEY)
        elif value.keys() & OF_CALLS:
            continue
        outside.append(text[place : found.start()])
        place = end
    words = "".join([*outside, text[place:]])
    if not calls or OBJECT.search(words) is not None:
        raise error
    prose(words)
    return calls


def _in_a_row(text: str) -> list[DecodedCall]:
    calls: list[DecodedCall] = []
    place = 0
    while place < len(text):
        named = FUNCTION.match(text, place)
        value, place = value_at(text, place if named is None else named.end())
        if named is not None:
            value = {"name": named.group(1), KEY: value}
            place += len(FUNCTION_END) if text.startswith(FUNCTION_END, place) else 0
        calls += calls_of(value, KEY)
        place = _behind_separators(text, place)
    return calls


def _behind_separators(text: str, place: int) -> int:
    while place < len(text):
        mark = next((mark for mark in (*STARTS, END) if text.startswith(mark, place)), "")
        if not mark and text[place] not in BETWEEN:
            break
        place += len(mark) or 1
    return place
