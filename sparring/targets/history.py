"""Earlier turns as a chat API takes them: calls as `tool_calls`, what came of them as messages of the role tool.

Used where the API shows the tools itself; else the dialect writes earlier calls into the text. APIs refuse a call
without a result, and a result without a call: a conversation with either stays text as well.
"""

import json
import re
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from sparring.records import Message

MAX_NAME = 64
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")
SYSTEM_ROLES = ("system", "developer")


def wire_name(name: str) -> str:
    """A name in the letters that chat APIs take, at most 64 of them."""
    return NOT_IN_NAMES.sub("_", name)[:MAX_NAME]


def structured_history(
    sent: Sequence[dict[str, Any]], messages: Sequence[Message], names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The dialect's messages with calls and results in the API's own form.

    Args:
        sent: What the dialect made of the conversation: system texts anywhere, all others in their order.
        messages: The conversation.
        names: From the tools' own names to those on the wire; a tool that is no longer shown is named alike.
    """
    talk = [message for message in messages if message.role != "system"]
    made = _with_ids(talk, names)
    if made is None or not any(message.tool_calls for message in talk):
        return list(sent)
    waiting = iter(made)
    return [said if said["role"] in SYSTEM_ROLES else next(waiting) for said in sent]


def _with_ids(talk: Sequence[Message], names: Mapping[str, str]) -> list[dict[str, Any]] | None:
    """The messages, calls and results numbered alike; None where a call has no result, or a result no call."""
    made: list[dict[str, Any]] = []
    waiting: deque[str] = deque()
    number = 0
    for message in talk:
        if message.role == "tool":
            if not waiting:
                return None
            given = message.tool_call_id
            answered = given if given is not None and given in waiting else waiting[0]
            waiting.remove(answered)
            made.append({"role": "tool", "tool_call_id": answered, "content": message.content})
            continue
        if waiting:
            return None
        if not message.tool_calls:
            made.append({"role": message.role, "content": message.content})
            continue
        ids = message.call_ids or [
            f"call{number + i:05d}" for i in range(len(message.tool_calls))
        ]  # Mistral wants nine
        number += len(ids)
        waiting.extend(ids)
        calls = [
            {
                "id": call_id,
                "type": "function",
                "function": {
                    "name": names.get(call.name, wire_name(call.name)),
                    "arguments": json.dumps(call.arguments, ensure_ascii=False),
                },
            }
            for call_id, call in zip(ids, message.tool_calls, strict=True)
        ]
        made.append({"role": "assistant", "content": message.content or None, "tool_calls": calls})
    return None if waiting else made
