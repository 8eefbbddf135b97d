"""What a dialect is: how tools are shown to a target, how calls are written, and how its text is read back."""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from sparring.checker.bounds import bounded
from sparring.checker.call_signs import MAX_SHOWN
from sparring.checker.python_text import DecodedCall
from sparring.records import Call, Example, Message, Tool

ChatMessage = dict[str, str]
JSON_TYPES = {"dict": "object", "float": "number", "tuple": "array", "any": "string"}
VALUES = frozenset({"enum", "const", "default", "examples", "example"})
SCHEMAS_BY_NAME = frozenset({"properties", "patternProperties", "dependentSchemas"})


class Dialect(ABC):
    """One tool-call format. `parse(render(calls))` gives the calls back."""

    def messages(self, example: Example) -> list[ChatMessage]:
        """The conversation as chat messages; formats that show tools in a system message add it here."""
        return [{"role": message.role, "content": self._said(message)} for message in example.messages]

    def _said(self, message: Message) -> str:
        """A message's text; what was called in an earlier turn is written as the target would write it."""
        calls = [self.render(message.tool_calls)] if message.tool_calls else []
        return "\n".join([message.content] * bool(message.content or not calls) + calls)

    def schemas(self, example: Example) -> list[dict[str, Any]] | None:
        """Tools for the chat template's `tools=`, in OpenAI's form; None where the messages show them already."""
        return [openai_tool(tool) for tool in example.tools]

    @abstractmethod
    def render(self, calls: Sequence[Call]) -> str:
        """Calls as the target should write them; no calls is the text that declines."""

    @abstractmethod
    def parse(self, text: str) -> list[DecodedCall]:
        """Calls of a text; none where the text is prose, or declines as the dialect does.

        Thoughts before an answer and marks of the turn are left out. Names are texts, and values are what JSON holds,
        within the bounds of `sparring.checker.bounds`.

        Raises:
            ParseError: A call was made that cannot be read here, or there is no answer yet.
        """

    def unwritable(self, calls: Sequence[Call]) -> str | None:
        """Why these calls would not come back from `render` and `parse`; None where they would."""
        for group in [*([call] for call in calls), calls]:  # alone first, so that the reason names the call
            reason = self._lost(group)
            if reason is not None:
                names = ", ".join(repr(call.name[:MAX_SHOWN]) for call in group)
                return f"{type(self).__name__} cannot write a call of {names or 'nothing'}: {reason}"
        return None

    def _lost(self, calls: Sequence[Call]) -> str | None:
        try:
            wanted = bounded([(call.name, call.arguments) for call in calls])
            found = self.parse(self.render(calls))
        except ValueError as error:  # a ParseError is one
            return str(error)
        if _as_json(found) == _as_json(wanted):
            return None
        return f"it comes back as {str(found)[:MAX_SHOWN]}"


def _as_json(calls: Sequence[DecodedCall]) -> str:
    """Calls as JSON holds them: tuples are lists; 1, 1.0 and true differ."""
    return json.dumps(calls, sort_keys=True)


def shows_tools_by_api(dialect: Dialect) -> bool:
    """Whether tools are left to the chat template or API, and are in no message."""
    asked = Example(id="", source="", category="simple", tools=[], messages=[Message(role="user", content="")], gold=[])
    return dialect.schemas(asked) is not None


def openai_tool(tool: Tool) -> dict[str, Any]:
    """A tool in OpenAI's form under its own name; BFCL's type names become JSON schema's."""
    return {
        "type": "function",
        "function": {
            "name": tool.name,
            "description": tool.description,
            "parameters": _json_schema(tool.parameters),
        },
    }


def _json_schema(schema: Any) -> Any:
    """A schema with JSON schema's type names; everything else as it is."""
    if isinstance(schema, list):
        return [_json_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _inside(key, value) for key, value in schema.items()}


def _inside(key: str, value: Any) -> Any:
    if key in VALUES:
        return value
    if key in SCHEMAS_BY_NAME and isinstance(value, dict):
        return {name: _json_schema(schema) for name, schema in value.items()}
    if key == "type" and isinstance(value, str | list):
        named = [_named(kind) for kind in ([value] if isinstance(value, str) else value)]
        return named[0] if isinstance(value, str) else named
    return _json_schema(value)


def _named(kind: Any) -> Any:
    """A type's name in JSON schema; what stands under a key of somebody's own may be no name at all."""
    return JSON_TYPES.get(kind, kind) if isinstance(kind, str) else kind


def one_line(text: str) -> str:
    """A text without line breaks and runs of blanks."""
    return re.sub(r"\s+", " ", text).strip()
