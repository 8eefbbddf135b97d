"""What the JSON dialects share: one call as a JSON object, JSON values read out of a text, and what is a refusal.

JSON tells its own end, so a value that holds a dialect's closing mark does not break the reading. Tools are shown under
their own names, dots included: chat templates take any name, and what the target writes is then the tool's name.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from sparring.checker.errors import ParseError
from sparring.checker.python_text import FENCE, MAX_CALLS, MAX_CHARS, DecodedCall
from sparring.dialects.base import Dialect, openai_tool
from sparring.records import Call, Example, Tool

MAX_SHOWN = 60
REFUSAL = "None of the functions fits this request."
CALL_SIGN = re.compile(
    r"""["'](?:name|function|arguments|parameters|tool_calls)["']\s*:"""
    r"|</?tool_call>|\[TOOL_CALLS\]|</?(?:start|end)_function_call>|<\|python_tag\|>|\bcall:[\w.]+\{|\A\s*\[\s*[\w.]+\(",
    re.IGNORECASE,
)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return made


DECODER = json.JSONDecoder(object_pairs_hook=_without_repeats)


class ToolsInTemplate(Dialect):
    """A dialect whose tools the chat template shows."""

    def schemas(self, example: Example) -> list[dict[str, Any]]:
        """Tools in OpenAI's form, under their own names."""
        return [named_tool(tool) for tool in example.tools]


def named_tool(tool: Tool) -> dict[str, Any]:
    """A tool in OpenAI's form under its own name."""
    made = openai_tool(tool)
    made["function"]["name"] = tool.name
    return made


def call_object(call: Call, key: str) -> dict[str, Any]:
    """`{"name": ..., key: {...}}`."""
    return {"name": call.name, key: call.arguments}


def to_json(value: Any) -> str:
    """A value as one line of JSON; tuples become lists."""
    return json.dumps(value, ensure_ascii=False)


def checked_length(text: str) -> str:
    """The text. Raises ParseError where it is longer than the checker reads."""
    if len(text) > MAX_CHARS:
        raise ParseError(f"the text has {len(text)} characters, at most {MAX_CHARS} are read")
    return text


def unfenced(text: str) -> str:
    """What stands inside a Markdown fence around the whole text, without blanks at the ends."""
    fenced = FENCE.match(checked_length(text))
    return (fenced.group(1) if fenced else text).strip()


def value_at(text: str, place: int) -> tuple[Any, int]:
    """The JSON value that begins at a place (blanks before it are skipped), and where it ends.

    Raises:
        ParseError: No JSON value begins there, or it nests too deeply.
    """
    while place < len(text) and text[place].isspace():
        place += 1
    try:
        return DECODER.raw_decode(text, place)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"not JSON: {error}") from None


def calls_of(value: Any, key: str) -> list[DecodedCall]:
    """Calls of a decoded value: one call object, or a list of them.

    Args:
        value: The decoded JSON.
        key: Where a call keeps its arguments.

    Raises:
        ParseError: An entry is no call, or there are too many.
    """
    entries: Sequence[Any] = value if isinstance(value, list) else [value]
    if len(entries) > MAX_CALLS:
        raise ParseError(f"more than {MAX_CALLS} calls")
    calls: list[DecodedCall] = []
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or not entry["name"]:
            raise ParseError(f"entry {len(calls)} names no function")
        if not isinstance(entry.get(key), dict):
            raise ParseError(f"{entry['name'][:MAX_SHOWN]}: `{key}` is no object")
        calls.append((entry["name"], entry[key]))
    return calls


def whole_json(text: str) -> Any:
    """The one JSON value that a text is. Raises ParseError where it is none, or where more follows."""
    value, end = value_at(text, 0)
    if text[end:].strip():
        raise ParseError("text follows the calls")
    return value


def prose(text: str) -> list[DecodedCall]:
    """No calls, for text that reads as a refusal. Raises ParseError where it shows a call in another form."""
    sign = CALL_SIGN.search(text)
    if sign is not None:
        raise ParseError(f"a call in a form that is not this dialect's: {sign.group()[:MAX_SHOWN]!r}")
    return []
