"""Mistral: `[TOOL_CALLS] [{"name": ..., "arguments": {...}}]`, a mark and a list.

Later tokenizers write `[TOOL_CALLS]name[ARGS]{...}` a call, which is read as well. The mark is a special token, which
decoding may drop: a text that begins with the list is read too.
"""

import re
from collections.abc import Sequence

from sparring.checker.errors import ParseError
from sparring.checker.python_text import MAX_CALLS, DecodedCall
from sparring.dialects.json_calls import (
    REFUSAL,
    ToolsInTemplate,
    call_object,
    calls_of,
    checked_length,
    prose,
    to_json,
    value_at,
    whole_json,
)
from sparring.records import Call

MARK = "[TOOL_CALLS]"
BARE_LIST = re.compile(r"\[\s*(?:\{|\]\s*\Z)")
NAMED = re.compile(r"\s*([^\s\[\]{}\"]+)\s*\[ARGS\]")


class Mistral(ToolsInTemplate):
    """Calls as a list behind a mark."""

    def render(self, calls: Sequence[Call]) -> str:
        """The mark and the list; a sentence where nothing is called."""
        return f"{MARK} {to_json([call_object(call, 'arguments') for call in calls])}" if calls else REFUSAL

    def parse(self, text: str) -> list[DecodedCall]:
        """Calls of the list behind the mark, or of the named calls, each behind its own."""
        before, marked, rest = checked_length(text).partition(MARK)
        if not marked:
            text = text.strip()
            return calls_of(whole_json(text), "arguments") if BARE_LIST.match(text) else prose(text)
        prose(before)
        return _named(rest) if NAMED.match(rest) else calls_of(whole_json(rest), "arguments")


def _named(text: str) -> list[DecodedCall]:
    calls: list[DecodedCall] = []
    while text:
        found = NAMED.match(text)
        if found is None:
            raise ParseError(f"no name stands behind {MARK}")
        arguments, end = value_at(text, found.end())
        calls += calls_of({"name": found.group(1), "arguments": arguments}, "arguments")
        if len(calls) > MAX_CALLS:
            raise ParseError(f"more than {MAX_CALLS} calls")
        text = text[end:].lstrip()
        if text and not text.startswith(MARK):
            raise ParseError("text follows the calls")
        text = text.removeprefix(MARK)
    return calls
