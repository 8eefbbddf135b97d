"""Granite: `<function_call> {"name": ..., "arguments": {...}}` a call, as Granite 20B Function Calling writes them.

Granite 3 writes a list behind `<|tool_call|>` or `<tool_call>`, which is read as well. A call of `no_function` is the
model's way to call nothing.
"""

from collections.abc import Sequence

from sparring.checker.python_text import DecodedCall
from sparring.dialects.blocks import block_calls
from sparring.dialects.json_calls import ToolsInTemplate, call_object, read_calls, to_json
from sparring.records import Call

MARK = "<function_call>"
MARKS = {MARK: "</function_call>", "<|tool_call|>": "<|/tool_call|>", "<tool_call>": "</tool_call>"}
NOTHING = "no_function"


class Granite(ToolsInTemplate):
    """Calls as JSON objects, each behind its mark."""

    def render(self, calls: Sequence[Call]) -> str:
        """The marked objects in a row; a call of `no_function` where nothing is called."""
        written = calls or [Call(name=NOTHING, arguments={})]
        return " ".join(f"{MARK} {to_json(call_object(call, 'arguments'))}" for call in written)

    def parse(self, text: str) -> list[DecodedCall]:
        """Calls of the marked objects; words may stand before the first."""
        calls = read_calls(text, lambda answer: block_calls(answer, MARKS))
        return [(name, arguments) for name, arguments in calls if name != NOTHING]
