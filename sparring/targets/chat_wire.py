"""Between a dialect and a chat API: an example as a request, and the reply as the text that the target wrote.

A row's id holds a hash of its whole request, so an attack on a seed, another sample and another model are other rows.
Chat APIs refuse dots in names: only here do tools travel under other names, and come back under their own; a model that
writes the own name all the same is understood.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sparring.checker.errors import ParseError
from sparring.checker.json_text import load_json
from sparring.checker.python_text import DecodedCall
from sparring.dialects.base import Dialect, openai_tool
from sparring.records import Call, Example, Tool
from sparring.schemas.json_schema import Schema
from sparring.schemas.strict import without_made_nulls
from sparring.targets.history import MAX_NAME, structured_history, wire_name
from sparring.targets.reply import Function, ReplyMessage
from sparring.targets.tool_use import USUAL, ToolUse

SEED_STEP = 1_000_003
SEED_RANGE = 2**31
MAX_ENCODINGS = 2


@dataclass(frozen=True)
class Row:
    """One sample of one example.

    Attributes:
        id: Says which row and which request.
        body: The request.
        own_names: From the names on the wire to the tools' own.
        loosened: By a tool's own name its parameters before they were made strict; tools that are strict alone.
    """

    id: str
    body: dict[str, Any]
    own_names: dict[str, str]
    loosened: Mapping[str, Schema] = field(default_factory=dict)


@dataclass(frozen=True)
class ChatWire:
    """Makes requests and reads replies.

    Attributes:
        dialect: How calls are written; where it shows tools in the messages, the API's `tools` are not used.
        model: The model's name at the endpoint.
        max_new_tokens: Longest answer.
        extra: Further fields of each request; None leaves a usual one out.
        use: How the API's own tools are asked for.
    """

    dialect: Dialect
    model: str
    max_new_tokens: int
    extra: Mapping[str, Any] = field(default_factory=dict)
    use: ToolUse = USUAL

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
        loosened: Mapping[str, Schema] = {}
        if self.dialect.schemas(example) is not None and example.tools:
            names = wire_names(example.tools)
            body["tools"] = [_named(openai_tool(tool), names[tool.name]) for tool in example.tools]
            loosened = self.use.apply(body, example, names)
            body["messages"] = structured_history(body["messages"], example.messages, names)
        body = {key: value for key, value in (body | dict(self.extra)).items() if value is not None}
        asked = json.dumps([type(self.dialect).__name__, body], sort_keys=True)
        digest = hashlib.sha256(asked.encode()).hexdigest()[:16]
        return Row(f"{example.id}#{sample}-{digest}", body, {wire: own for own, wire in names.items()}, loosened)

    def text(self, message: ReplyMessage, row: Row) -> str:
        """What the target wrote, in its dialect, under the tools' own names and as the tools take it."""
        content = message.content if message.content is not None else message.refusal or ""
        if calls := message.calls:
            try:
                return self._rendered([_own(_decoded(call), row) for call in calls])
            except ValueError:  # a ParseError is one
                return _unreadable(calls[0])
        try:
            decoded = self.dialect.parse(content)
        except ParseError:
            return content
        own = [_own(call, row) for call in decoded]
        return content if own == decoded else self._rendered(own)

    def _rendered(self, decoded: Sequence[DecodedCall]) -> str:
        text = self.dialect.render([Call(name=name, arguments=arguments) for name, arguments in decoded])
        return text.encode("utf-8", "replace").decode()  # half a surrogate pair cannot be kept in a file


def wire_names(tools: Sequence[Tool]) -> dict[str, str]:
    """From the tools' own names to those that chat APIs take: letters, digits, `_`, `-`, at most 64, all different."""
    names: dict[str, str] = {}
    for tool in tools:
        short = wire_name(tool.name)
        wire, number = short, 2
        while wire in names.values():
            wire, number = f"{short[: MAX_NAME - 4]}_{number}", number + 1
        names.setdefault(tool.name, wire)
    return names


def _own(call: DecodedCall, row: Row) -> DecodedCall:
    """A call under the tool's own name, without the nulls that strict mode alone made necessary."""
    name = row.own_names.get(call[0], call[0])
    return name, without_made_nulls(call[1], row.loosened.get(name))


def _named(schema: dict[str, Any], name: str) -> dict[str, Any]:
    schema["function"]["name"] = name
    return schema


def _decoded(call: Function) -> DecodedCall:
    """Name and arguments; some servers write the JSON text into JSON once more."""
    arguments: Any = call.arguments
    for _ in range(MAX_ENCODINGS):
        if isinstance(arguments, str) and arguments:
            arguments = load_json(arguments)
    if arguments is None or arguments == "":
        arguments = {}
    if not isinstance(arguments, dict):
        raise ParseError("arguments are no object")
    return call.name, arguments


def _unreadable(call: Function) -> str:
    """A call whose arguments are no JSON object, as text that no dialect reads: the model's fault, so an answer."""
    return json.dumps({"name": call.name, "arguments": str(call.arguments)})
