"""What a chat API answers: the message, how it ended, and whether the model thought before it.

Thoughts have fields of their own at most servers; they show that a model thinks, and are never read for calls.
"""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, model_validator

from sparring.checker.thoughts import THOUGHTS

CUT = frozenset({"length", "model_length", "max_tokens", "max_output_tokens"})  # by OpenAI, Mistral and others
CUT_AT = "cut at"  # begins the reason of an answer that was ended, and did not end


class Function(BaseModel):
    """A called function; the arguments are JSON text, as the model wrote it."""

    name: str
    arguments: str | dict[str, Any] | None = None


class ToolCall(BaseModel):
    """One structured call."""

    function: Function


class ReplyMessage(BaseModel):
    """The assistant's message; one that says nothing at all is no message. `function_call` is OpenAI's older form."""

    content: str | None = None
    refusal: str | None = None
    tool_calls: list[ToolCall] | None = None
    function_call: Function | None = None
    reasoning_content: Any = None
    reasoning: Any = None

    @model_validator(mode="after")
    def _says_something(self) -> "ReplyMessage":
        if not self.calls and self.refusal is None and "content" not in self.model_fields_set:
            raise ValueError("neither content nor tool_calls")
        return self

    @property
    def calls(self) -> list[Function]:
        """The structured calls, in either form."""
        if self.tool_calls:
            return [call.function for call in self.tool_calls]
        return [] if self.function_call is None else [self.function_call]


class Choice(BaseModel):
    """One answer, and why it ended."""

    message: ReplyMessage
    finish_reason: str | None = None


class Completion(BaseModel):
    """The body of a reply."""

    choices: list[Choice]
    usage: Any = None


@dataclass(frozen=True)
class Reply:
    """A whole answer.

    Attributes:
        message: What the model said.
        cut: Whether it had more to say: the limit on its length ended it.
        thinks: Whether it thought before it answered.
    """

    message: ReplyMessage
    cut: bool = False
    thinks: bool = False


def reply_of(completion: Completion) -> Reply:
    """The first choice."""
    choice = completion.choices[0]
    message = choice.message
    thinks = bool(message.reasoning_content or message.reasoning) or _reasoned(completion.usage)
    begins = (message.content or "").lstrip().startswith(tuple(THOUGHTS))
    return Reply(message, cut=(choice.finish_reason or "").lower() in CUT, thinks=thinks or begins)


def _reasoned(usage: Any) -> bool:
    details = usage.get("completion_tokens_details") if isinstance(usage, dict) else None
    tokens = details.get("reasoning_tokens") if isinstance(details, dict) else None
    return isinstance(tokens, int) and tokens > 0
