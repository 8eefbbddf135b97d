"""xLAM: one JSON list, `[{"name": ..., "arguments": {...}}]`, also the form of xlam-function-calling-60k's answers.

The first xLAM models wrap the list, `{"tool_calls": [...]}`; that is read as well.
"""

from collections.abc import Sequence

from sparring.checker.python_text import DecodedCall
from sparring.dialects.json_calls import ToolsInTemplate, call_object, calls_of, prose, to_json, unfenced, whole_json
from sparring.records import Call


class XlamJson(ToolsInTemplate):
    """Calls as a JSON list."""

    def render(self, calls: Sequence[Call]) -> str:
        """The list; `[]` where nothing is called."""
        return to_json([call_object(call, "arguments") for call in calls])

    def parse(self, text: str) -> list[DecodedCall]:
        """Calls of a text that is a list of them; text without any sign of a call is a refusal."""
        text = unfenced(text)
        if not text.startswith(("{", "[")):
            return prose(text)
        value = whole_json(text)
        if isinstance(value, dict) and isinstance(value.get("tool_calls"), list):
            value = value["tool_calls"]
        return calls_of(value, "arguments")
