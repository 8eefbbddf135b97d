"""Llama 3.1 to 3.3: `{"name": ..., "parameters": {...}}`, several calls separated by "; ".

The chat templates render one call only; the separator is the one that served models write and vLLM's parser reads.
"""

from collections.abc import Sequence

from sparring.checker.errors import ParseError
from sparring.checker.python_text import MAX_CALLS, DecodedCall
from sparring.dialects.json_calls import (
    REFUSAL,
    ToolsInTemplate,
    call_object,
    calls_of,
    prose,
    to_json,
    unfenced,
    value_at,
)
from sparring.records import Call

PYTHON_TAG = "<|python_tag|>"
KEY = "parameters"
BETWEEN = "; \n\t\r"


class Llama3(ToolsInTemplate):
    """Calls as JSON objects in a row."""

    def render(self, calls: Sequence[Call]) -> str:
        """The objects, separated by "; "; a sentence where nothing is called."""
        return "; ".join(to_json(call_object(call, KEY)) for call in calls) or REFUSAL

    def parse(self, text: str) -> list[DecodedCall]:
        """Calls of a text that begins with one, and is nothing but calls."""
        text = unfenced(text).removeprefix(PYTHON_TAG).strip()
        if not text.startswith(("{", "[{")):
            return prose(text)
        calls: list[DecodedCall] = []
        while text:
            value, end = value_at(text, 0)
            calls += calls_of(value, KEY)
            if len(calls) > MAX_CALLS:
                raise ParseError(f"more than {MAX_CALLS} calls")
            text = text[end:].lstrip(BETWEEN)
        return calls
