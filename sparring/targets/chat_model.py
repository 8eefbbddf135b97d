"""A round's target as a chat model: a request with messages and tools in, an answer with tool calls out.

MLflow loads it by `_load_pyfunc` from the folder that a round's adapter was logged in; nothing here knows MLflow. The
surprise: the base model is not in that folder. It is the project's, or where SPARRING_BASE says, and it is checked by
its hash, since an adapter on another base is another model.
"""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from sparring.checker.errors import ParseError
from sparring.config import Params
from sparring.errors import InputError
from sparring.records import Call, Example, Record
from sparring.sources.tool_forms import read_tools
from sparring.sources.turns import read_turns
from sparring.storage import first_fault, hash_tree, read_record

if TYPE_CHECKING:
    from sparring.targets.local import LocalTarget

CHAT_MODEL = "chat_model.json"
BASE_VARIABLE = "SPARRING_BASE"


class ChatModelFile(Record):
    """What an adapter needs beside it.

    Attributes:
        params: The recipe: dialect, longest answer, number format.
        base: Folder of the base model where the round was played.
        base_hash: SHA-256 of that folder.
    """

    params: Params
    base: str
    base_hash: str


class ChatModel:
    """The target of a round, asked as chat APIs are."""

    def __init__(self, target: "LocalTarget") -> None:
        self.target = target

    def predict(self, request: Any, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer to one chat request, as chat APIs give it; greedy, so the same twice.

        Args:
            request: `messages` and `tools` in OpenAI's form (BFCL's and Anthropic's tools are read too).
            params: MLflow's; none is taken.

        Raises:
            InputError: Messages or tools are none; names the field.
        """
        example = chat_example(request)
        ((text,),) = self.target.answer([example], samples=1, temperature=0.0, seed=0)
        return {"object": "chat.completion", "choices": [_choice(text, self._calls(text))]}

    def _calls(self, text: str) -> list[Call]:
        try:
            return [Call(name=name, arguments=arguments) for name, arguments in self.target.dialect.parse(text)]
        except ParseError:
            return []


def chat_example(request: Any) -> Example:
    """A chat request as the row that a target answers.

    Raises:
        InputError: Messages or tools are none; names the field.
    """
    if not isinstance(request, dict) or not isinstance(request.get("messages"), list):
        raise InputError("request: messages: a list of chat messages is expected")
    turns = read_turns(request["messages"])
    if not any(turn["role"] == "user" for turn in turns):
        raise InputError("request: messages: no user message")
    tools = read_tools(request.get("tools") or [])
    row = {"id": "request", "source": "request", "category": "live_multiple", "gold": []}
    try:
        return Example.model_validate(row | {"tools": tools, "messages": turns})
    except ValidationError as error:
        raise InputError(f"request: {first_fault(error)}") from None


def _choice(text: str, calls: list[Call]) -> dict[str, Any]:
    said = [
        {"id": f"call_{number}", "type": "function",
         "function": {"name": call.name, "arguments": json.dumps(call.arguments, ensure_ascii=False)}}
        for number, call in enumerate(calls)
    ]  # fmt: skip
    message = {"role": "assistant", "content": None if calls else text} | ({"tool_calls": said} if said else {})
    return {"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop"}


def _load_pyfunc(folder: str) -> ChatModel:
    """The chat model of a folder: an adapter and `chat_model.json`.

    Raises:
        InputError: The base model is not there, or is another one.
    """
    from sparring.targets.local import LocalTarget  # needs torch, which writing the file does not

    kept = read_record(Path(folder) / CHAT_MODEL, ChatModelFile)
    base = Path(os.environ.get(BASE_VARIABLE, kept.base))
    if not (base / "config.json").exists():
        raise InputError(f"{base}: no base model; {BASE_VARIABLE} names its folder (`sparring flow prepare` makes it)")
    if hash_tree(base) != kept.base_hash:
        raise InputError(
            f"{base}: is another base model than the adapter was trained on; {BASE_VARIABLE} names its folder"
        )
    return ChatModel(LocalTarget(base, Path(folder), kept.params))
