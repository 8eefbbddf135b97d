"""xLAM: one JSON list, `[{"name": ..., "arguments": {...}}]`, also the form of xlam-function-calling-60k's answers.

The first xLAM models wrap the list, `{"tool_calls": [...]}`, later ones put a mark before it, behind words or not; all
of that is read as well.
"""

from collections.abc import Sequence

from sparring.checker.python_text import DecodedCall
from sparring.checker.thoughts import next_mark
from sparring.dialects.blocks import block_calls
from sparring.dialects.json_calls import ToolsInTemplate, call_object, read_calls, to_json, whole_answer
from sparring.records import Call

MARKS = {"[TOOL_CALLS]": "[/TOOL_CALLS]", "<tool_call>": "</tool_call>"}


class XlamJson(ToolsInTemplate):
    """Calls as a JSON list."""

    def render(self, calls: Sequence[Call]) -> str:
        """The list; `[]` where nothing is called."""
        return to_json([call_object(call, "arguments") for call in calls])

    def parse(self, text: str) -> list[DecodedCall]:
        """Calls of a text that is a list of them; text without any sign of a call is a refusal."""
        return read_calls(text, _calls)


def _calls(text: str) -> list[DecodedCall]:
    listed = text.startswith(("[", "{", "```")) and not text.startswith(tuple(MARKS))
    if not listed and any(next_mark(text, mark, 0) >= 0 for mark in MARKS):
        return block_calls(text, MARKS)
    return whole_answer(text, "arguments")
