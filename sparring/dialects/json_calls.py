"""What the JSON dialects share: one call as a JSON object, and JSON values read out of a text as models write them.

JSON tells its own end, so a value that holds a dialect's closing mark does not break the reading. Tools are shown under
their own names, dots included: chat templates take any name, and what the target writes is then the tool's name.
"""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from sparring.checker.bounds import MAX_DIGITS, bounded
from sparring.checker.call_signs import MAX_SHOWN, long_prose, prose
from sparring.checker.errors import ParseError
from sparring.checker.python_text import FENCE, MAX_CALLS, MAX_CHARS, DecodedCall
from sparring.checker.thoughts import read_behind_thoughts
from sparring.dialects.base import Dialect, openai_tool
from sparring.dialects.python_values import python_value_at
from sparring.records import Call, Example

REFUSAL = "None of the functions fits this request."
KEYS = ("arguments", "parameters")
BESIDES = {"name", "id", "type", "index"}
FENCED = re.compile(r"```(?:json)?[ \t]*\n?\s*([\[{].*?)```", re.DOTALL)
LABEL = re.compile(
    r"\A(?:json|answer|output|result|(?:tool |function )?calls?)\s*:?\s*(?=\[\s*[{\]]|\{\s*\")", re.IGNORECASE
)
BETWEEN = " \t\r\n,;"
MAX_WRAPPINGS = 2


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return made


def _whole_number(digits: str) -> int:
    if len(digits) > MAX_DIGITS + 1:
        raise ValueError(f"an integer has more than {MAX_DIGITS} digits")
    return int(digits)


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number")


DECODER = json.JSONDecoder(
    strict=False,  # models write line breaks into their texts as they are
    object_pairs_hook=_without_repeats,
    parse_int=_whole_number,
    parse_constant=_no_number,
)


class ToolsInTemplate(Dialect):
    """A dialect whose tools the chat template shows."""

    def schemas(self, example: Example) -> list[dict[str, Any]]:
        """Tools in OpenAI's form, under their own names."""
        return [openai_tool(tool) for tool in example.tools]


def call_object(call: Call, key: str) -> dict[str, Any]:
    """`{"name": ..., key: {...}}`."""
    return {"name": call.name, key: call.arguments}


def to_json(value: Any) -> str:
    """A value as one line of JSON; tuples become lists."""
    return json.dumps(value, ensure_ascii=False)


def read_calls(text: str, read: Callable[[str], list[DecodedCall]]) -> list[DecodedCall]:
    """Calls of an answer behind its thoughts, within the bounds of length, number and values; prose may be longer.

    Raises:
        ParseError: The answer is beyond the bounds, or `read` refuses it.
    """

    def within_bounds(answer: str) -> list[DecodedCall]:
        if len(answer) > MAX_CHARS:
            return long_prose(answer)
        calls = read(answer)
        if len(calls) > MAX_CALLS:
            raise ParseError(f"more than {MAX_CALLS} calls")
        return bounded(calls)

    return read_behind_thoughts(text, within_bounds)


def unfenced(text: str) -> str:
    """What stands inside a Markdown fence around the whole text, without blanks at the ends."""
    fenced = FENCE.match(text)
    return (fenced.group(1) if fenced else text).strip()


def value_at(text: str, place: int, python: bool = False) -> tuple[Any, int]:
    """The JSON value that begins at a place (blanks before it are skipped), and where it ends.

    Args:
        text: What the model wrote.
        place: Where to begin.
        python: Whether a value may be written as Python writes it, `{'a': True}`.

    Raises:
        ParseError: No value begins there, or it nests too deeply.
    """
    while place < len(text) and text[place].isspace():
        place += 1
    try:
        return DECODER.raw_decode(text, place)
    except (ValueError, RecursionError) as error:
        if python:
            return python_value_at(text, place)
        raise ParseError(f"not JSON: {error}") from None


def values_at(text: str, place: int, python: bool = False) -> tuple[list[Any], int]:
    """The JSON objects and lists that follow each other from a place on, and where they end.

    Raises:
        ParseError: None begins there, or one cannot be read.
    """
    values: list[Any] = []
    while True:
        value, place = value_at(text, place, python)
        values.append(value)
        while place < len(text) and text[place] in BETWEEN:
            place += 1
        if text[place : place + 1] not in {"{", "["}:
            return values, place
        if len(values) == MAX_CALLS:
            raise ParseError(f"more than {MAX_CALLS} calls")


def calls_of(value: Any, key: str, python: bool = False) -> list[DecodedCall]:
    """Calls of a decoded value: one call object, a list of them, or OpenAI's `{"tool_calls": [...]}`.

    Args:
        value: The decoded value.
        key: Where a call keeps its arguments; the other of `KEYS` is read where this one is missing.
        python: Whether arguments that are text may be written as Python writes them.

    Raises:
        ParseError: An entry is no call, or there are too many.
    """
    if isinstance(value, dict) and isinstance(value.get("tool_calls"), list):
        value = value["tool_calls"]
    entries: Sequence[Any] = value if isinstance(value, list) else [value]
    if len(entries) > MAX_CALLS:
        raise ParseError(f"more than {MAX_CALLS} calls")
    return [_call(entry, key, number, python) for number, entry in enumerate(entries)]


def _call(entry: Any, key: str, number: int, python: bool) -> DecodedCall:
    if isinstance(entry, dict) and isinstance(entry.get("function"), dict):
        entry = entry["function"]
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or not entry["name"]:
        raise ParseError(f"entry {number} names no function")
    name = entry["name"]
    found = next((each for each in (key, *KEYS) if each in entry), None)
    if found is None and entry.keys() - BESIDES:
        raise ParseError(f"{name[:MAX_SHOWN]}: neither {KEYS[0]} nor {KEYS[1]} are given")
    given = _unwrapped(entry[found], python) if found is not None else {}
    if not isinstance(given, dict):
        raise ParseError(f"{name[:MAX_SHOWN]}: `{found}` is no object")
    return name, given


def _unwrapped(given: Any, python: bool) -> Any:
    """Arguments as they are: some models write them as text, some even twice; null and "" are none."""
    if given is None or given == "":
        return {}
    for _ in range(MAX_WRAPPINGS):
        if not isinstance(given, str):
            break
        value, end = value_at(given, 0, python)
        if given[end:].strip():
            raise ParseError("text follows the arguments")
        given = value
    return given


def whole_json(text: str) -> Any:
    """The one JSON value that a text is. Raises ParseError where it is none, or where more follows."""
    value, end = value_at(text, 0)
    if text[end:].strip():
        raise ParseError("text follows the calls")
    return value


def calls_or_prose(text: str, read: Callable[[str], list[DecodedCall]]) -> list[DecodedCall]:
    """Calls of a text that begins as they do; none where it is prose that only begins so, as "[1] says" does.

    Raises:
        ParseError: It is neither.
    """
    if not text.startswith(("{", "[")):
        return prose(text)
    try:
        return read(text)
    except ParseError as error:
        if _is_json(text):
            raise
        try:
            return prose(text)
        except ParseError:
            raise error from None


def whole_answer(text: str, key: str) -> list[DecodedCall]:
    """Calls of an answer that is JSON, behind a label or in a Markdown fence between words; none where it is prose.

    Raises:
        ParseError: It is neither.
    """
    text = LABEL.sub("", unfenced(text))
    found = FENCED.search(text) if not text.startswith(("{", "[")) else None
    if found is None:
        return calls_or_prose(text, lambda answer: _calls_in_rows(answer, key))
    try:
        calls = _calls_in_rows(found.group(1).strip(), key)
    except ParseError:
        return prose(text)  # words about data
    prose(text[: found.start()] + text[found.end() :])
    return calls


def _calls_in_rows(text: str, key: str) -> list[DecodedCall]:
    values, end = values_at(text, 0)
    if text[end:].strip():
        raise ParseError("text follows the calls")
    return [call for value in values for call in calls_of(value, key)]


def _is_json(text: str) -> bool:
    try:
        whole_json(text)
    except ParseError:
        return False
    return True
