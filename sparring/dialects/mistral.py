"""Mistral: `[TOOL_CALLS] [{"name": ..., "arguments": {...}}]`, a mark and a list.

Later tokenizers write `[TOOL_CALLS]name[CALL_ID]id[ARGS]{...}` a call, which is read as well. The marks are special
tokens, which a server may drop: a text that begins with the list, or is names with their objects, is read too.
"""

import re
from collections.abc import Sequence

from sparring.checker.call_signs import prose
from sparring.checker.errors import ParseError
from sparring.checker.python_text import DecodedCall
from sparring.checker.thoughts import next_outside_thoughts, outside_thoughts
from sparring.dialects.json_calls import (
    BETWEEN,
    REFUSAL,
    ToolsInTemplate,
    call_object,
    calls_of,
    calls_or_prose,
    read_calls,
    to_json,
    value_at,
    whole_json,
)
from sparring.records import Call

MARK = "[TOOL_CALLS]"
BARE_LIST = re.compile(r"\[\s*(?:\{|\]\s*\Z)")
NAMED = re.compile(r"([^\s\[\]{}\"',;]+)\s*(?:\[CALL_ID\]\s*[^\s\[\]{}]*\s*)?(?:\[ARGS\]\s*)?(?=\{)")
BARE_NAMED = re.compile(r"[\w.:/-]+(?:\[CALL_ID\]|\[ARGS\]|\{\s*[\"}])")


class Mistral(ToolsInTemplate):
    """Calls as a list behind a mark."""

    def render(self, calls: Sequence[Call]) -> str:
        """The mark and the list; a sentence where nothing is called."""
        return f"{MARK} {to_json([call_object(call, 'arguments') for call in calls])}" if calls else REFUSAL

    def parse(self, text: str) -> list[DecodedCall]:
        """Calls of the lists behind the marks, or of the named calls, each behind its own."""
        return read_calls(text, _calls)


def _calls(text: str) -> list[DecodedCall]:
    start = next_outside_thoughts(text, MARK, 0)
    if BARE_LIST.match(text):
        return calls_or_prose(text, lambda answer: calls_of(whole_json(answer), "arguments"))
    if BARE_NAMED.match(text):
        return _marked(text)
    prose(outside_thoughts(text if start < 0 else text[:start]))
    return _marked(text[start + len(MARK) :]) if start >= 0 else []


def _marked(text: str) -> list[DecodedCall]:
    calls: list[DecodedCall] = []
    place = _behind_separators(text, 0)
    if place == len(text):
        raise ParseError(f"nothing stands behind {MARK}")
    while place < len(text):
        if text[place] in "[{":
            value, place = value_at(text, place)
        else:
            named = NAMED.match(text, place)
            if named is None:
                raise ParseError(f"no name stands behind {MARK}" if not calls else "text follows the calls")
            arguments, place = value_at(text, named.end())
            value = {"name": named.group(1), "arguments": arguments}
        calls += calls_of(value, "arguments")
        place = _behind_separators(text, place)
    return calls


def _behind_separators(text: str, place: int) -> int:
    while place < len(text) and (text[place] in BETWEEN or text.startswith(MARK, place)):
        place += 1 if text[place] in BETWEEN else len(MARK)
    return place
