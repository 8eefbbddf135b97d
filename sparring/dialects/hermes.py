"""Hermes and Qwen 2.5/3: each call as JSON in a `<tool_call>` block; text and thoughts may stand around the blocks.

Hermes models write Python dictionaries in the blocks as often as JSON, several calls or a list in one block, and leave
the last block open; all of that is read, as the model's own runtime does.
"""

from collections.abc import Sequence

from sparring.checker.python_text import DecodedCall
from sparring.dialects.blocks import block_calls
from sparring.dialects.json_calls import REFUSAL, ToolsInTemplate, call_object, read_calls, to_json
from sparring.records import Call

OPENING, CLOSING = "<tool_call>", "</tool_call>"


class Hermes(ToolsInTemplate):
    """Calls in `<tool_call>` blocks."""

    def render(self, calls: Sequence[Call]) -> str:
        """One block a call, as Qwen's chat template writes them; a sentence where nothing is called."""
        blocks = (f"{OPENING}\n{to_json(call_object(call, 'arguments'))}\n{CLOSING}" for call in calls)
        return "\n".join(blocks) or REFUSAL

    def parse(self, text: str) -> list[DecodedCall]:
        """Calls of the blocks; a block that holds no call, or more than calls, spoils the text."""
        return read_calls(text, lambda answer: block_calls(answer, {OPENING: CLOSING}, python=True))
