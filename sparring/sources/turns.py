"""Turns of a conversation as one form: OpenAI's chat messages, from those and from what other APIs keep.

Anthropic's and Bedrock's parts (`tool_use`, `toolResult`), the items of OpenAI's Responses (`function_call` and its
output) and Gemini's `parts` become assistant messages with calls and tool messages. One turn of theirs may be several
here.
"""

import json
from collections.abc import Sequence
from typing import Any

from sparring.errors import InputError
from sparring.sources.tool_forms import read_call

ROLES = {
    "developer": "system",
    "function": "tool",
    "ipython": "tool",  # Llama
    "observation": "tool",  # GLM
    "model": "assistant",  # Gemini
}
CALLS = ("tool_use", "toolUse", "functionCall", "function_call")
RESULTS = ("tool_result", "toolResult", "functionResponse", "function_response", "function_call_output")
CALL_IDS = ("tool_use_id", "toolUseId", "call_id", "id")

Turn = dict[str, Any]


def read_turns(given: Sequence[Any], place: str = "messages") -> list[Turn]:
    """A conversation that ends with what is to be answered.

    Raises:
        InputError: A turn is none, or the last one is an answer; names the field.
    """
    turns = [turn for number, said in enumerate(given) for turn in _turns(said, f"{place}.{number}")]
    if turns and turns[-1]["role"] == "assistant":
        raise InputError(f"{place}.{len(given) - 1}.role: 'assistant' asks nothing; the last message is to be answered")
    return turns


def _turns(said: Any, place: str) -> list[Turn]:
    if isinstance(said, list):
        raise InputError(f"{place}: a list of turns, as BFCL writes them; write the messages of one conversation")
    if not isinstance(said, dict):
        raise InputError(f"{place}.role: missing")
    if said.get("type") == "reasoning":
        return []
    if said.get("type") in ("function_call", "function_call_output") and "role" not in said:
        said = {"role": "assistant", "content": [said]}
    parts = said.get("content", said.get("parts"))
    kinds = [_kind(part) for part in parts] if isinstance(parts, list) else []
    if not isinstance(parts, list) or not {*CALLS, *RESULTS} & set(kinds):
        return [_turn(said | {"content": parts}, place)]
    results = [_result(part, kind) for part, kind in zip(parts, kinds, strict=True) if kind in RESULTS]
    calls = [_call(part) for part, kind in zip(parts, kinds, strict=True) if kind in CALLS]
    words = [part for part, kind in zip(parts, kinds, strict=True) if kind not in {*CALLS, *RESULTS}]
    spoken = [said | {"content": words, "tool_calls": calls}] if words or calls else []
    return [_turn(one, place) for one in [*results, *spoken]]


def _kind(part: Any) -> str | None:
    """What a part is: the type that it states, or Gemini's key."""
    if not isinstance(part, dict):
        return None
    stated = part.get("type")
    return stated if isinstance(stated, str) else next((key for key in (*CALLS, *RESULTS) if key in part), None)


def _call(part: Turn) -> Turn:
    inner = next((part[key] for key in CALLS if isinstance(part.get(key), dict)), part)
    return {**inner, "id": _call_id(inner)}


def _result(part: Turn, kind: str) -> Turn:
    inner = part[kind] if isinstance(part.get(kind), dict) else part
    given = next((inner[key] for key in ("content", "output", "response") if inner.get(key) is not None), "")
    return {"role": "tool", "tool_call_id": _call_id(inner), "content": given}


def _call_id(part: Turn) -> Any:
    return next((part[key] for key in CALL_IDS if part.get(key) is not None), None)


def _turn(said: Turn, place: str) -> Turn:
    """A message of OpenAI's form: parts of a content become one text, the role "developer" is a system message."""
    if not isinstance(said.get("role"), str):
        raise InputError(f"{place}.role: missing")
    role = ROLES.get(said["role"], said["role"])
    calls = said.get("tool_calls") or ([{"function": said["function_call"]}] if said.get("function_call") else [])
    if not isinstance(calls, list):
        raise InputError(f"{place}.tool_calls: expected a list")
    content = said.get("refusal") if said.get("content") is None else said["content"]
    if content is None and not calls:
        raise InputError(f"{place}.content: missing")
    read = [read_call(call, f"{place}.tool_calls.{number}") for number, call in enumerate(calls)]
    ids = [call.get("id") for call in calls]
    numbered = all(isinstance(call_id, str) and call_id for call_id in ids) and len(set(ids)) == len(ids)
    return {
        "role": role,
        "content": _json_result(content) if role == "tool" else _text(content, f"{place}.content"),
        "tool_calls": [{"name": name, "arguments": arguments} for name, arguments in read],
        "call_ids": ids if numbered else [],
        "tool_call_id": said.get("tool_call_id"),
    }


def _json_result(given: Any) -> str:
    """What a tool gave: text, parts of text, or data, which is shown as JSON."""
    try:
        return _text(given, "")
    except InputError:
        return json.dumps(given, ensure_ascii=False)


def _text(given: Any, place: str) -> str:
    if given is None or isinstance(given, str):
        return given or ""
    if not isinstance(given, list):
        raise InputError(f"{place}: expected text or a list of parts")
    texts = []
    for number, part in enumerate(given):
        text = part if isinstance(part, str) else part.get("text") if isinstance(part, dict) else None
        if not isinstance(text, str):
            raise InputError(f"{place}.{number}: a part that is no text cannot be shown")
        texts.append(text)
    return "\n".join(texts)
