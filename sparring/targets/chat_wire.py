"""Between a dialect and a chat API: an example as a request, and the reply as the text that the target wrote.

A row's id holds a hash of its whole request, so an attack on a seed, another sample and another model are other rows.
Chat APIs refuse dots in names: tools travel under names of their own kind, and come back under the tools' own.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sparring.checker.errors import ParseError
from sparring.checker.json_text import load_json
from sparring.dialects.base import Dialect, openai_tool
from sparring.records import Call, Example, Tool
from sparring.targets.transport import ReplyMessage, ToolCall

SEED_STEP = 1_000_003
SEED_RANGE = 2**31
MAX_NAME = 64
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True)
class Row:
    """One sample of one example: its id, the request's body, and from the names on the wire to the tools' own."""

    id: str
    body: dict[str, Any]
    own_names: dict[str, str]


@dataclass(frozen=True)
class ChatWire:
    """Makes requests and reads replies.

    Attributes:
        dialect: How calls are written; where it shows tools in the messages, the API's `tools` are not used.
        model: The model's name at the endpoint.
        max_new_tokens: Longest answer.
    """

    dialect: Dialect
    model: str
    max_new_tokens: int

    def row(self, example: Example, sample: int, temperature: float, seed: int) -> Row:
        """The request for one sample."""
        body: dict[str, Any] = {
            "model": self.model,
            "messages": self.dialect.messages(example),
            "max_tokens": self.max_new_tokens,
            "temperature": temperature,
            "seed": (seed + SEED_STEP * sample) % SEED_RANGE,
        }
        names: dict[str, str] = {}
        if self.dialect.schemas(example) is not None and example.tools:
            names = wire_names(example.tools)
            body["tools"] = [_named(openai_tool(tool), names[tool.name]) for tool in example.tools]
        asked = json.dumps([type(self.dialect).__name__, body], sort_keys=True)
        digest = hashlib.sha256(asked.encode()).hexdigest()[:16]
        return Row(f"{example.id}#{sample}-{digest}", body, {wire: own for own, wire in names.items()})

    def text(self, message: ReplyMessage, own_names: dict[str, str]) -> str:
        """What the target wrote, in its dialect and under the tools' own names."""
        content = message.content if message.content is not None else message.refusal or ""
        if message.tool_calls:
            try:
                return self._rendered([_decoded(call) for call in message.tool_calls], own_names)
            except ValueError:  # a ParseError is one
                return _unreadable(message.tool_calls[0])
        try:
            decoded = self.dialect.parse(content)
        except ParseError:
            return content
        if all(own_names.get(name, name) == name for name, _ in decoded):
            return content
        return self._rendered(decoded, own_names)

    def _rendered(self, decoded: Sequence[tuple[str, dict[str, Any]]], own_names: dict[str, str]) -> str:
        text = self.dialect.render(
            [Call(name=own_names.get(name, name), arguments=arguments) for name, arguments in decoded]
        )
        return text.encode("utf-8", "replace").decode()  # half a surrogate pair cannot be kept in a file


def wire_names(tools: Sequence[Tool]) -> dict[str, str]:
    """From the tools' own names to those that chat APIs take: letters, digits, `_`, `-`, at most 64, all different."""
    names: dict[str, str] = {}
    for tool in tools:
        short = NOT_IN_NAMES.sub("_", tool.name)[:MAX_NAME]
        wire, number = short, 2
        while wire in names.values():
            wire, number = f"{short[: MAX_NAME - 4]}_{number}", number + 1
        names.setdefault(tool.name, wire)
    return names


def _named(schema: dict[str, Any], name: str) -> dict[str, Any]:
    schema["function"]["name"] = name
    return schema


def _decoded(call: ToolCall) -> tuple[str, dict[str, Any]]:
    given = call.function.arguments
    arguments = load_json(given) if isinstance(given, str) and given else given or {}
    if not isinstance(arguments, dict):
        raise ParseError("arguments are no object")
    return call.function.name, arguments


def _unreadable(call: ToolCall) -> str:
    """A call whose arguments are no JSON object, as text that no dialect reads: the model's fault, so an answer."""
    return json.dumps({"name": call.function.name, "arguments": str(call.function.arguments)})
