"""Seeds: a conversation, the tools that may be called, and the calls that are right."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from sparring.records.base import Kind, Record

MAX_CALLS = 256  # right calls of a row: no answer holds more, and every step's time grows with them


class Tool(Record):
    """A function that the target may call. `parameters` is a JSON schema in BFCL's dialect."""

    name: str
    description: str = ""
    parameters: dict[str, Any]

    @field_validator("parameters")
    @classmethod
    def properties_are_schemas(cls, parameters: dict[str, Any]) -> dict[str, Any]:
        """Sources write what allows all or nothing as a schema: who reads a tool finds no bare true or false."""
        properties = parameters.get("properties", {})
        if not isinstance(properties, dict):
            raise ValueError("properties: expected schemas by name")
        for name, schema in properties.items():
            if not isinstance(schema, dict):
                raise ValueError(f"properties.{name}: expected a schema")
        return parameters


class Call(Record):
    """One function call: the name and its arguments by name."""

    name: str
    arguments: dict[str, Any]


class GoldCall(Record):
    """A right call: per argument the accepted values, in the form that sparring/gold.py describes.

    An empty string once among them means: may be left out.
    """

    name: str
    arguments: dict[str, list[Any]]


class Message(Record):
    """One chat message.

    Attributes:
        role: Who says it.
        content: The text; empty where the assistant only called.
        tool_calls: What the assistant called in an earlier turn.
        call_ids: Their ids, where the conversation numbers them; as many as there are calls.
        tool_call_id: Which call a tool's message answers, where the conversation numbers them.
    """

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    tool_calls: list[Call] = Field(default=[], exclude_if=lambda calls: not calls)
    call_ids: list[str] = Field(default=[], exclude_if=lambda ids: not ids)
    tool_call_id: str | None = Field(default=None, exclude_if=lambda call_id: call_id is None)

    @property
    def line(self) -> str:
        """Who says it and what, as a person reads it."""
        calls = [f"{call.name}{call.arguments}" for call in self.tool_calls]
        return f"{self.role}: {' '.join([self.content] * bool(self.content) + calls)}"


class Example(Record):
    """A seed: tools, conversation and the right calls. `gold` empty means that no call is right.

    Categories are BFCL's names: "parallel" in the name allows several calls, "multiple" several tools, "irrelevance"
    wants no call, "relevance" wants any call (its gold is unknown).
    """

    id: str
    source: str
    category: str
    tools: list[Tool]
    messages: list[Message]
    gold: Annotated[list[GoldCall], Field(max_length=MAX_CALLS)]
    language: Literal["python", "java", "javascript"] = "python"

    @property
    def query(self) -> str:
        """Content of the last user message: the text that an attack replaces. Raises ValueError where there is none."""
        for message in reversed(self.messages):
            if message.role == "user":
                return message.content
        raise ValueError(f"example {self.id} has no user message")

    @property
    def wants_no_call(self) -> bool:
        """Whether the right answer is to call nothing."""
        return "irrelevance" in self.category

    @property
    def kind(self) -> Kind:
        """What the right answer is: a call, or none."""
        return "no_call" if self.wants_no_call else "call"

    @property
    def can_be_attacked(self) -> bool:
        """Whether the right answer is known: the calls, or that there is none ("relevance" rows take any call)."""
        return bool(self.gold) or self.wants_no_call

    @property
    def tool_cluster(self) -> str:
        """The tool whose rows stand or fall together: the one to call, else the first there is, else the row's id."""
        if self.gold:
            return self.gold[0].name
        return self.tools[0].name if self.tools else self.id

    def with_query(self, query: str, turns: Sequence[Message] = ()) -> "Example":
        """The same example with its last user message replaced, and turns put before it."""
        last = max(i for i, m in enumerate(self.messages) if m.role == "user")
        messages = [*self.messages[:last], *turns, Message(role="user", content=query), *self.messages[last + 1 :]]
        return self.model_copy(update={"messages": messages})


def by_id(examples: Iterable[Example]) -> dict[str, Example]:
    """Examples by id. Raises ValueError on a repeated id."""
    found: dict[str, Example] = {}
    for example in examples:
        if example.id in found:
            raise ValueError(f"example id {example.id} occurs twice")
        found[example.id] = example
    return found


def conversation(turns: Sequence[Message], query: str) -> str:
    """Turns and the request after them as one text; without turns the request as it is."""
    return "\n".join([*(message.line for message in turns), query])
