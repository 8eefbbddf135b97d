"""The short way through plain calls: `[f(x=1, y="a", z=[1.5, True])]` by regular expressions, faster than `ast.parse`.

It reads only what it is sure of (keyword arguments of literals and lists of them, no escapes, nothing repeated) and
gives None for everything else, which then goes the long way. A test holds the two against each other.
"""

import keyword
import re
from typing import Any

Plain = list[tuple[str, dict[Any, Any]]]
MAX_CALLS = 64
MAX_DEPTH = 8
OPEN = re.compile(r"[ \n]*([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)\(")
NAME = re.compile(r"[ \n]*([A-Za-z_][A-Za-z0-9_]*)[ \n]*=(?!=)[ \n]*")
VALUE = re.compile(
    r"(?:'(?P<single>[^'\\\x00-\x1f\ud800-\udfff]*)'|\"(?P<double>[^\"\\\x00-\x1f\ud800-\udfff]*)\""
    r"|(?P<int>-?(?:0|[1-9][0-9]{0,17}))(?![\w.])|(?P<float>-?(?:0|[1-9][0-9]{0,15})\.[0-9]{1,16})(?![\w.])"
    r"|(?P<word>True|False|None)(?!\w)|(?P<list>\[))[ \n]*"
)
AFTER = re.compile(r"[ \n]*([,\]])")
GAP = re.compile(r"[ \n]*")
WORDS = {"True": True, "False": False, "None": None}
RESERVED = frozenset(keyword.kwlist)


def read_plain(text: str) -> Plain | None:
    """The calls of a text in brackets, or None where it is not plain."""
    if len(text) < 2 or text[0] != "[" or text[-1] != "]":
        return None
    calls: Plain = []
    place, end = 1, len(text)
    while True:
        opened = OPEN.match(text, place)
        if opened is None or len(calls) == MAX_CALLS:
            return None
        name = opened.group(1)
        if not RESERVED.isdisjoint(name.split(".")):
            return None
        read = _arguments(text, opened.end())
        if read is None:
            return None
        arguments, place = read
        calls.append((name, arguments))
        after = AFTER.match(text, place)
        if after is None:
            return None
        if after.group(1) == "]":
            return calls if after.end() == end else None
        place = after.end()


def _arguments(text: str, place: int) -> tuple[dict[Any, Any], int] | None:
    """Keyword arguments up to the closing parenthesis, and the place after it."""
    arguments: dict[Any, Any] = {}
    closed = GAP.match(text, place)
    if closed is not None and text.startswith(")", closed.end()):
        return arguments, closed.end() + 1
    while True:
        named = NAME.match(text, place)
        if named is None:
            return None
        name = named.group(1)
        if name in RESERVED or name in arguments:
            return None
        read = _value(text, named.end(), 0)
        if read is None:
            return None
        arguments[name], place = read
        if text.startswith(",", place):
            place += 1
        else:
            return (arguments, place + 1) if text.startswith(")", place) else None


def _value(text: str, place: int, depth: int) -> tuple[Any, int] | None:
    """A literal or a list of literals, and the place after it and the blanks behind it."""
    match = VALUE.match(text, place)
    if match is None:
        return None
    kind, end = match.lastgroup, match.end()
    if kind in {"single", "double"}:
        return match.group(kind), end
    if kind == "int":
        return int(match.group("int")), end
    if kind == "float":
        return float(match.group("float")), end
    if kind == "word":
        return WORDS[match.group("word")], end
    return _list(text, end, depth + 1) if depth < MAX_DEPTH else None


def _list(text: str, place: int, depth: int) -> tuple[Any, int] | None:
    items: list[Any] = []
    if text.startswith("]", place):
        return items, _gap(text, place + 1)
    while True:
        read = _value(text, place, depth)
        if read is None:
            return None
        items.append(read[0])
        place = read[1]
        if text.startswith(",", place):
            place = _gap(text, place + 1)
        else:
            return (items, _gap(text, place + 1)) if text.startswith("]", place) else None


def _gap(text: str, place: int) -> int:
    while place < len(text) and text[place] in " \n":
        place += 1
    return place
