"""FunctionGemma: `<start_function_call>call:name{city:<escape>Paris<escape>,days:3}<end_function_call>`.

Strings stand between `<escape>` marks and nothing is escaped inside them: a string that holds the mark cannot be
written. Arguments are sorted by name, as the model's chat template does. The marks are tokens of their own, so texts
have to be decoded with special tokens kept.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sparring.checker.bounds import MAX_DIGITS
from sparring.checker.call_signs import MAX_SHOWN, prose
from sparring.checker.errors import ParseError
from sparring.checker.python_text import MAX_NESTING, DecodedCall
from sparring.checker.thoughts import next_outside_thoughts, outside_thoughts
from sparring.dialects.base import ChatMessage
from sparring.dialects.json_calls import REFUSAL, ToolsInTemplate, read_calls
from sparring.records import Call, Example

OPENING, CLOSING, ESCAPE = "<start_function_call>", "<end_function_call>", "<escape>"
RESPONSE = "<start_function_response>"
DEVELOPER = "You are a model that can do function calling with the following functions"
HEAD = re.compile(r"\s*call:([^\s{}<>]+)\{")
BARE_KEY = re.compile(r"[^\s:{}\[\],<>](?:[^:{}\[\],<>]*[^\s:{}\[\],<>])?")
BARE_NAME = re.compile(r"[^\s{}<>]+")
BARE_VALUE = re.compile(r"[^\s{}\[\],<>:]+")
WHOLE = re.compile(r"[+-]?\d+", re.ASCII)
DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "None": None}


class FunctionGemma(ToolsInTemplate):
    """Calls in FunctionGemma's own notation."""

    def messages(self, example: Example) -> list[ChatMessage]:
        """The conversation behind the developer's sentence that switches function calling on."""
        conversation = super().messages(example)
        own = [message["content"] for message in conversation if message["role"] == "system"]
        others = [message for message in conversation if message["role"] != "system"]
        return [{"role": "developer", "content": "\n".join([DEVELOPER, *own])}, *others]

    def render(self, calls: Sequence[Call]) -> str:
        """One block a call; a sentence where nothing is called.

        Raises:
            ValueError: A string holds `<escape>`, or a name holds braces or blanks: the notation cannot write it.
        """
        return "".join(_block(call) for call in calls) or REFUSAL

    def parse(self, text: str) -> list[DecodedCall]:
        """Calls of the blocks; only the last may be left open, and a block that is no call spoils the text."""
        return read_calls(text, _calls)


def _calls(text: str) -> list[DecodedCall]:
    calls: list[DecodedCall] = []
    outside: list[str] = []
    place = 0
    while (start := next_outside_thoughts(text, OPENING, place)) >= 0:
        outside.append(text[place:start])
        head = HEAD.match(text, start + len(OPENING))
        if head is None:
            raise ParseError("a block does not begin with call:name{")
        reader = _Reader(text, head.end())
        calls.append((head.group(1), reader.members(0)))
        reader.expect_end()
        place = reader.place
    prose(outside_thoughts("".join([*outside, text[place:]])))
    return calls


def _block(call: Call) -> str:
    if not BARE_NAME.fullmatch(call.name):
        raise ValueError(f"FunctionGemma cannot write the name {call.name!r}")
    return f"{OPENING}call:{call.name}{_mapping(call.arguments)}{CLOSING}"


def _mapping(value: Mapping[Any, Any]) -> str:
    pairs = sorted(((str(key), item) for key, item in value.items()), key=lambda pair: (pair[0].lower(), pair[0]))
    return "{" + ",".join(f"{_key(key)}:{_value(item)}" for key, item in pairs) + "}"


def _key(key: str) -> str:
    return key if BARE_KEY.fullmatch(key) else _string(key)


def _string(text: str) -> str:
    if ESCAPE in text:
        raise ValueError(f"FunctionGemma cannot write a text that holds {ESCAPE}: {text!r}")
    return f"{ESCAPE}{text}{ESCAPE}"


def _value(value: Any) -> str:
    match value:
        case str():
            return _string(value)
        case bool():
            return str(value).lower()
        case Mapping():
            return _mapping(value)
        case list() | tuple():
            return "[" + ",".join(map(_value, value)) + "]"
        case _:
            return str(value)


class _Reader:
    """Reads the notation from a place on; every character is looked at once."""

    def __init__(self, text: str, place: int) -> None:
        self.text = text
        self.place = place

    def members(self, depth: int) -> dict[str, Any]:
        """Keys and values up to the closing brace; the opening one is behind."""
        found: dict[str, Any] = {}
        while not self._take("}"):
            if found and not (self._take(",") or self.text.endswith(ESCAPE, 0, self.place)):  # a text has its own end
                self.expect(",")
            key = self._escaped() if self._take(ESCAPE) else self._match(BARE_KEY, "a key")
            self.expect(":")
            if key in found:
                raise ParseError(f"{key[:MAX_SHOWN]} is given twice")
            found[key] = self._read(depth + 1)
        return found

    def expect(self, mark: str) -> None:
        """Steps over a mark. Raises ParseError where something else stands."""
        if not self._take(mark):
            raise ParseError(f"{mark!r} is missing at character {self.place}")

    def expect_end(self) -> None:
        """Steps over the closing mark of a block, which may be left out at the end of the text."""
        self._skip_blanks()
        if self.text[self.place :] not in {"", RESPONSE}:
            self.expect(CLOSING)
        self._take(RESPONSE)

    def _read(self, depth: int) -> Any:
        if depth > MAX_NESTING:
            raise ParseError(f"values nest deeper than {MAX_NESTING}")
        if self._take(ESCAPE):
            return self._escaped()
        if self._take("{"):
            return self.members(depth)
        if not self._take("["):
            return _bare(self._match(BARE_VALUE, "a value"))
        items: list[Any] = []
        while not self._take("]"):
            if items:
                self.expect(",")
            items.append(self._read(depth + 1))
        return items

    def _escaped(self) -> str:
        end = self.text.find(ESCAPE, self.place)
        if end < 0:
            raise ParseError(f"a string is not closed by {ESCAPE}")
        text, self.place = self.text[self.place : end], end + len(ESCAPE)
        return text

    def _match(self, pattern: re.Pattern[str], what: str) -> str:
        self._skip_blanks()
        found = pattern.match(self.text, self.place)
        if found is None:
            raise ParseError(f"{what} is missing at character {self.place}")
        self.place = found.end()
        return found.group()

    def _take(self, mark: str) -> bool:
        self._skip_blanks()
        if not self.text.startswith(mark, self.place):
            return False
        self.place += len(mark)
        return True

    def _skip_blanks(self) -> None:
        while self.place < len(self.text) and self.text[self.place].isspace():
            self.place += 1


def _bare(word: str) -> Any:
    if word in WORDS:
        return WORDS[word]
    if WHOLE.fullmatch(word) and len(word) <= MAX_DIGITS + 1:
        return int(word)
    if DECIMAL.fullmatch(word) and not WHOLE.fullmatch(word):
        return float(word)
    raise ParseError(f"{word[:MAX_SHOWN]!r} is neither a number nor true, false or null")
