"""Hermes and Qwen 2.5/3: each call as JSON in a `<tool_call>` block; text may stand around the blocks.

Qwen 3 thinks aloud first, and may name a call while it does: what stands in a leading `<think>` block is not read.
"""

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
)
from sparring.records import Call

OPENING, CLOSING = "<tool_call>", "</tool_call>"
THINKING, THOUGHT = "<think>", "</think>"


class Hermes(ToolsInTemplate):
    """Calls in `<tool_call>` blocks."""

    def render(self, calls: Sequence[Call]) -> str:
        """One block a call, as Qwen's chat template writes them; a sentence where nothing is called."""
        blocks = (f"{OPENING}\n{to_json(call_object(call, 'arguments'))}\n{CLOSING}" for call in calls)
        return "\n".join(blocks) or REFUSAL

    def parse(self, text: str) -> list[DecodedCall]:
        """Calls of the blocks; a block that is left open or holds no call spoils the text."""
        text = _after_thinking(checked_length(text))
        calls: list[DecodedCall] = []
        outside: list[str] = []
        place = 0
        while (start := text.find(OPENING, place)) >= 0:
            outside.append(text[place:start])
            value, end = value_at(text, start + len(OPENING))
            calls += calls_of([value], "arguments")
            if len(calls) > MAX_CALLS:
                raise ParseError(f"more than {MAX_CALLS} calls")
            rest = text[end:].lstrip()
            if not rest.startswith(CLOSING):
                raise ParseError(f"a block is not closed by {CLOSING}")
            place = len(text) - len(rest) + len(CLOSING)
        prose("".join([*outside, text[place:]]))
        return calls


def _after_thinking(text: str) -> str:
    if not text.lstrip().startswith(THINKING):
        return text
    _, closed, answer = text.partition(THOUGHT)
    if not closed:
        raise ParseError(f"{THINKING} is not closed: there is no answer yet")
    return answer
