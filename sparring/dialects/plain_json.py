"""Plain JSON, for a model whose chat template knows no tools: the system message shows them and asks for a JSON list.

A single object in place of a list is read too: models that were never trained on a form write it for one call.
"""

from collections.abc import Sequence
from typing import Any

from sparring.checker.python_text import DecodedCall
from sparring.dialects.base import ChatMessage, Dialect, openai_tool
from sparring.dialects.json_calls import call_object, read_calls, to_json, whole_answer
from sparring.records import Call, Example

REQUEST = (
    "You can call these functions, one JSON object a line:\n{tools}\n"
    "Answer with nothing but a JSON list of calls: "
    '[{{"name": <function>, "arguments": {{<parameter>: <value>, ...}}}}]\n'
    "Answer [] where no function fits."
)


class PlainJson(Dialect):
    """Calls as a JSON list, tools in the system message."""

    def messages(self, example: Example) -> list[ChatMessage]:
        """A system message with the tools, then the conversation (its own system text joins the first)."""
        conversation = super().messages(example)
        tools = "\n".join(to_json(openai_tool(tool)["function"]) for tool in example.tools)
        own = [message["content"] for message in conversation if message["role"] == "system"]
        others = [message for message in conversation if message["role"] != "system"]
        return [{"role": "system", "content": "\n".join([REQUEST.format(tools=tools), *own])}, *others]

    def schemas(self, example: Example) -> list[dict[str, Any]] | None:
        """None: the system message shows the tools."""
        return None

    def render(self, calls: Sequence[Call]) -> str:
        """The list; `[]` where nothing is called."""
        return to_json([call_object(call, "arguments") for call in calls])

    def parse(self, text: str) -> list[DecodedCall]:
        """Calls of a text that is a list of them, or one; text without any sign of a call is a refusal."""
        return read_calls(text, lambda answer: whole_answer(answer, "arguments"))
