"""Calls that look like Python and are none: names with blanks or dashes, arguments that are keywords, one call a line.

It reads `[Market Trends(q='a')]`, `f(from='OSL', user-id=7)` and calls on lines of their own, once Python's parser has
refused a text; values are Python's own. Every character is looked at once or twice.
"""

import re
import unicodedata
from typing import Any

from sparring.checker.errors import ParseError
from sparring.checker.python_text import (
    MAX_CALLS,
    UNREADABLE,
    Arguments,
    DecodedCall,
    parse_expression,
    value_of,
)

SIGNS = r"\w$@#&+/.\-"
NAME = re.compile(rf"(?:[{SIGNS}]|:(?!\s))+(?=\s*\()")
SPACED_NAME = re.compile(rf"[{SIGNS}](?:[{SIGNS} ]|:(?!\s))*(?=\s*\()")
KEY = re.compile(rf"\s*((?:[{SIGNS}]|:(?!\s))+)\s*=(?!=)\s*")
OPERATORS = {"not", "await", "lambda", "yield"}
TEXT = re.compile(
    r"'''(?:[^\\]|\\.)*?'''|\"\"\"(?:[^\\]|\\.)*?\"\"\"|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL
)
PART = re.compile(rf"({TEXT.pattern})|[^'\"()\[\]{{}},]+|.", re.DOTALL)
ZEROS = re.compile(r"-?0\d+")
OPENING, CLOSING = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}


def decode_loosely(listed: str, spaced: bool) -> list[DecodedCall]:
    """The calls of a text in brackets.

    Args:
        listed: What the model wrote, in brackets.
        spaced: Names may hold blanks: they differ from words around a call only where the model wrote the brackets.

    Raises:
        ParseError: It is no list of calls.
    """
    return _Reader(listed, SPACED_NAME if spaced else NAME).calls()


class _Reader:
    """Reads calls from a place on."""

    def __init__(self, text: str, name: re.Pattern[str]) -> None:
        self.text = text
        self.name = name
        self.place = 0

    def calls(self) -> list[DecodedCall]:
        """All calls: in one list, in several, or one a line."""
        found: list[DecodedCall] = []
        depth = 0
        apart = True
        while self.place < len(self.text):
            character = self.text[self.place]
            if character in "[]":
                depth += 1 if character == "[" else -1
                if depth not in {0, 1}:
                    raise ParseError(UNREADABLE)
            elif character.isspace() or character in ",;":
                apart = apart or character in ",;\n"
            elif not apart:
                raise ParseError(UNREADABLE)
            else:
                if len(found) == MAX_CALLS:
                    raise ParseError(f"more than {MAX_CALLS} calls")
                found.append(self._call())
                apart = False
                continue
            self.place += 1
        if depth:
            raise ParseError(UNREADABLE)
        return found

    def _call(self) -> DecodedCall:
        name = self._match(self.name).group().strip()
        if name.split(" ")[0] in OPERATORS or not any(character.isalpha() for character in name):
            raise ParseError(UNREADABLE)
        self._skip("(")
        arguments: Arguments = {}
        while not self._takes(")"):
            if arguments:
                self._skip(",")
                if self._takes(")"):
                    break
            if self._takes("**"):
                given: Any = self._value()
                if not isinstance(given, dict):
                    raise ParseError(f"{name} has a starred argument")
            else:
                key = self._match(KEY).group(1)
                given = {key: self._value()}
            for key in given:
                if key in arguments:
                    raise ParseError(f"{name} has {key} twice")
            arguments |= given
        return name, arguments

    def _value(self) -> Any:
        """The value that ends before a comma or the closing parenthesis of the call."""
        parts: list[str] = []
        expected: list[str] = []
        while (found := PART.match(self.text, self.place)) is not None:
            part = found.group()
            if not expected and part in {",", ")"}:
                return _worth("".join(parts).strip())
            if part in OPENING:
                expected.append(OPENING[part])
            elif part in {"'", '"'} or (part in CLOSING and (not expected or expected.pop() != part)):
                break
            parts.append(_on_one_line(part) if found.group(1) is not None else part)
            self.place = found.end()
        raise ParseError(UNREADABLE)

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str]:
        found = pattern.match(self.text, self.place)
        if found is None:
            raise ParseError(UNREADABLE)
        self.place = found.end()
        return found

    def _skip(self, mark: str) -> None:
        if not self._takes(mark):
            raise ParseError(UNREADABLE)

    def _takes(self, mark: str) -> bool:
        place = self.place
        while place < len(self.text) and self.text[place].isspace():
            place += 1
        if not self.text.startswith(mark, place):
            return False
        self.place = place + len(mark)
        return True


def is_stable(text: str) -> bool:
    """Whether Python's parser leaves the letters of its names as they are: it folds them (NFKC)."""
    return text.isascii() or unicodedata.normalize("NFKC", text) == text


def _on_one_line(text: str) -> str:
    """A text in quotes, what Python does not allow in it written out: line breaks, and zero bytes everywhere."""
    text = text.replace("\0", "\\x00")
    return text if text.startswith(("'''", '"""')) else text.replace("\r", "\\r").replace("\n", "\\n")


def _worth(written: str) -> Any:
    if ZEROS.fullmatch(written):
        return int(written[:4300])
    return value_of(parse_expression(f"({written})"), strict=True)
