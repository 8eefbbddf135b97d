"""Llama 3.1 to 3.3: `{"name": ..., "parameters": {...}}`, several calls separated by "; ".

The chat templates render one call only; the separator is the one that served models write and vLLM's parser reads.
`<function=name>{...}</function>`, the form of Llama 3.1's own documentation, is read as well.
"""

import re
from collections.abc import Sequence

from sparring.checker.python_text import DecodedCall
from sparring.dialects.json_calls import (
    BETWEEN,
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


class Llama3(ToolsInTemplate):
    """Calls as JSON objects in a row."""

    def render(self, calls: Sequence[Call]) -> str:
        """The objects, separated by "; "; a sentence where nothing is called."""
        return "; ".join(to_json(call_object(call, KEY)) for call in calls) or REFUSAL

    def parse(self, text: str) -> list[DecodedCall]:
        """Calls of a text that begins with one, and is nothing but calls."""
        return read_calls(text, _calls)


def _calls(text: str) -> list[DecodedCall]:
    text = unfenced(text)
    marked = text.startswith(STARTS)
    for start in STARTS:
        text = text.removeprefix(start).strip()
    return _in_a_row(text) if marked or FUNCTION.match(text) else calls_or_prose(text, _in_a_row)


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
