"""ToolACE's notation of calls: `[Market Trends API(from="A", wide=true, rows=[{"k": null}])]`.

It looks like Python and is not: names hold blanks and slashes, arguments may be called `from`, and values are JSON's
as often as Python's. Every character is looked at once.
"""

import re
from collections.abc import Sequence
from typing import Any

from sparring.checker.errors import ParseError
from sparring.checker.python_text import DecodedCall

MAX_DEPTH = 60
CALL_LIKE = re.compile(r"\s*\[[^\[\]{}\"'\n]{1,200}\(")
NAME = re.compile(r"([^()\[\]=,\"']{1,200})\(")
KEY = re.compile(r"([^\s()=,\"'](?:[^()=,\"']{0,200}[^\s()=,\"'])?)\s*=")
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?!\w)")
WORD = re.compile(r"(?:true|false|null|none)\b", re.IGNORECASE)
WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "none": None}
STRING = {quote: re.compile(rf"{quote}((?:[^{quote}\\]|\\.)*){quote}", re.DOTALL) for quote in "\"'"}
ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "\\": "\\", '"': '"', "'": "'", "/": "/", "\n": ""}
MAX_DIGITS = 300


def looks_like_calls(text: str) -> bool:
    """Whether an answer means to call, be it readable or not; prose does not begin like this."""
    return CALL_LIKE.match(text) is not None


def read_calls(text: str, names: Sequence[str]) -> list[DecodedCall]:
    """The calls of an answer.

    Args:
        text: The whole answer.
        names: Names of the shown tools: with brackets or quotes in them they would not be recognised.

    Raises:
        ParseError: The text is no list of calls.
    """
    reader = _Reader(text)
    calls = reader.calls(sorted(names, key=len, reverse=True))
    if reader.rest():
        raise ParseError("text follows the calls")
    return calls


class _Reader:
    """Reads the notation from a place on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    def calls(self, names: Sequence[str]) -> list[DecodedCall]:
        """Calls between brackets."""
        self._expect("[")
        found: list[DecodedCall] = []
        while not self._take("]"):
            if found:
                self._expect(",")
            name = self._name(names)
            arguments: dict[str, Any] = {}
            while not self._take(")"):
                if arguments:
                    self._expect(",")
                key = self._match(KEY, "an argument's name")
                if key in arguments:
                    raise ParseError(f"{name[:60]} has {key[:60]} twice")
                arguments[key] = self._value(0)
            found.append((name, arguments))
        return found

    def rest(self) -> str:
        """What was not read, without blanks."""
        return self.text[self.place :].strip()

    def _name(self, names: Sequence[str]) -> str:
        self._skip_blanks()
        for name in names:
            if self.text.startswith(name, self.place):
                before, self.place = self.place, self.place + len(name)
                if self._take("("):
                    return name
                self.place = before
        return self._match(NAME, "a function's name").strip()

    def _value(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise ParseError(f"values nest deeper than {MAX_DEPTH}")
        self._skip_blanks()
        first = self.text[self.place : self.place + 1]
        if first in STRING:
            return _unescaped(self._match(STRING[first], "the end of a string"))
        for opening, closing in ("[]", "()"):
            if self._take(opening):
                return self._items(closing, depth)
        if self._take("{"):
            return self._members(depth)
        word = WORD.match(self.text, self.place)
        if word is not None:
            self.place = word.end()
            return WORDS[word.group().lower()]
        return _number(self._match(NUMBER, "a value"))

    def _items(self, closing: str, depth: int) -> list[Any]:
        found: list[Any] = []
        while not self._take(closing):
            if found:
                self._expect(",")
                if self._take(closing):
                    break
            found.append(self._value(depth + 1))
        return found

    def _members(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not self._take("}"):
            if found:
                self._expect(",")
            key = self._value(depth + 1)
            if not isinstance(key, str) or key in found:
                raise ParseError("an object's key is no text, or stands twice")
            self._expect(":")
            found[key] = self._value(depth + 1)
        return found

    def _match(self, pattern: re.Pattern[str], what: str) -> str:
        self._skip_blanks()
        found = pattern.match(self.text, self.place)
        if found is None:
            raise ParseError(f"{what} is missing at character {self.place}")
        self.place = found.end()
        return found.group(found.lastindex or 0)

    def _expect(self, mark: str) -> None:
        if not self._take(mark):
            raise ParseError(f"{mark!r} is missing at character {self.place}")

    def _take(self, mark: str) -> bool:
        self._skip_blanks()
        if not self.text.startswith(mark, self.place):
            return False
        self.place += len(mark)
        return True

    def _skip_blanks(self) -> None:
        while self.text[self.place : self.place + 1].isspace():
            self.place += 1


def _number(word: str) -> int | float:
    if len(word) > MAX_DIGITS:
        raise ParseError(f"a number has {len(word)} digits")
    return int(word) if word.lstrip("+-").isdecimal() else float(word)


def _unescaped(text: str) -> str:
    """A string's text; escapes that nobody defined stay. Two halves of a surrogate pair become their character."""

    def one(found: re.Match[str]) -> str:
        escape = found.group(1)
        if len(escape) > 1:
            return chr(int(escape[1:], 16))
        return ESCAPES.get(escape, found.group())

    plain = ESCAPE.sub(one, text)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
