"""The short way through Python texts: most are read, or refused, by regular expressions, faster than by `ast.parse`.

It decides only what it is sure of: dotted names called with literals, lists, tuples, dictionaries and bare names,
without escapes. None means "not sure", and the text goes the long way. A test holds the two against each other.
"""

import keyword
import re
from collections.abc import Iterator
from typing import Any

from sparring.checker.errors import ParseError
from sparring.checker.python_text import MAX_CALLS

Plain = list[tuple[str, dict[Any, Any]]]
MAX_KEPT = 32_768
MAX_KEPT_CHARS = 200
RESERVED = frozenset(keyword.kwlist)
WORDS = {"True": True, "False": False, "None": None}

SPACE = r"[ \n\r\t]*+"
NAME = r"[A-Za-z_][A-Za-z0-9_]*+"
_TEXT = r"""'[^'\\\x00-\x1f\ud800-\udfff]*+'|"[^"\\\x00-\x1f\ud800-\udfff]*+\""""
_NUMBER = r"-?(?:0|[1-9][0-9]{0,17}+)(?:\.[0-9]{1,16}+)?"
_SCALAR = rf"(?:{_TEXT}|{_NUMBER}(?![\w.])|{NAME})"


def _several(value: str, opening: str, closing: str) -> str:
    """Pattern of values between brackets, a comma after each but the last."""
    return rf"\{opening}{SPACE}(?:{value}{SPACE}(?:,{SPACE}|(?=\{closing})))*\{closing}"


def _nested(value: str) -> str:
    """Pattern of a value, or of a list, a tuple or a dictionary of such values."""
    pair = rf"(?:{_TEXT}){SPACE}:{SPACE}{value}"
    return rf"(?:{value}|{_several(value, '[', ']')}|{_several(value, '(', ')')}|{_several(pair, '{', '}')})"


VALUE = _nested(_nested(_SCALAR))
TOKEN = re.compile(
    rf"{SPACE}(?:({NAME}(?:\.{NAME})*)\({SPACE}(\)?)"
    rf"|(?:({NAME}|\*\*){SPACE}(?:(?<=\*)|=(?!=)){SPACE})?({VALUE}){SPACE}([,)])"
    rf"|([,\])])|([\s\S]++))"
)
PART = re.compile(
    rf"{SPACE}(?:'([^']*+)'|\"([^\"]*+)\"|({_NUMBER})|({NAME})|([\[\](){{}},:]))"  # of what TOKEN took for a value
)
_values: dict[str, Any] = {}


def read_plain(text: str, strict: bool) -> Plain | None:  # noqa: PLR0912  one branch a kind of token
    """The calls of a text in brackets, or None where it is not plain.

    The values are shared between texts: who changes one copies it first.

    Raises:
        ParseError: It is certainly not readable.
    """
    if len(text) < 2 or text[0] != "[" or text[-1] != "]":
        return None
    calls: Plain = []
    arguments: dict[Any, Any] | None = None
    expects = "call"
    for opened, closed, name, value, end, mark, _ in TOKEN.findall(text, 1):
        if value:
            if arguments is None:
                return None
            if not name:
                if strict:
                    raise ParseError(f"{calls[-1][0]} has a positional argument")
                if arguments:
                    raise ParseError("not readable as calls: positional argument follows keyword argument")
                if parsed(value) is None and value != "None":
                    return None
            elif not _take(arguments, name, value, strict):
                return None
            if end == ")":
                arguments, expects = None, "separator"
        elif opened:
            if arguments is not None or expects != "call" or len(calls) == MAX_CALLS:
                return None
            if not RESERVED.isdisjoint(opened.split(".")):
                return None
            given: dict[Any, Any] = {}
            calls.append((opened, given))
            arguments, expects = (None, "separator") if closed else (given, "call")
        elif mark == ",":
            if expects != "separator":
                return None
            expects = "call"
        elif mark == ")":
            if not arguments:
                return None
            arguments, expects = None, "separator"
        elif mark == "]" and arguments is None and calls and expects != "end":
            expects = "end"
        else:
            return None
    return calls if expects == "end" else None


def _take(arguments: dict[Any, Any], name: str, value: str, strict: bool) -> bool:
    """Adds one keyword argument; False where the long way shall decide."""
    key = None if name == "**" else name
    if name in RESERVED:
        return False
    if strict and (key is None or key in arguments):
        raise ParseError(f"an argument is starred, or given twice: {name}")
    read = _values.get(value)
    if read is None:
        read = parsed(value)
        if read is None and value != "None":
            return False
    arguments[key] = read
    return True


def parsed(text: str) -> Any:
    """The value of a text that TOKEN took for one; None where it is None, or a word of the language inside."""
    try:
        value = _built(PART.findall(text))
    except _Unsure:
        return None
    if len(text) <= MAX_KEPT_CHARS:
        if len(_values) >= MAX_KEPT:
            _values.clear()
        _values[text] = value
    return value


class _Unsure(Exception):
    """The long way shall decide."""


def _built(parts: list[tuple[str, ...]]) -> Any:
    rest = iter(parts)
    return _value(next(rest), rest)


def _value(part: tuple[str, ...], rest: Iterator[tuple[str, ...]]) -> Any:
    """The value that begins with a part, the parts after it taken from the rest."""
    single, double, number, word, mark = part
    if number:
        return float(number) if "." in number else int(number)
    if word:
        if word in RESERVED and word not in WORDS:
            raise _Unsure
        return WORDS.get(word, word)
    if not mark:
        return single or double
    return _pairs(rest) if mark == "{" else _items(mark, rest)


def _items(opening: str, rest: Iterator[tuple[str, ...]]) -> Any:
    """A list, a tuple, or the one value that stands between parentheses without a comma."""
    items: list[Any] = []
    comma = False
    for part in rest:
        if part[4] in ("]", ")"):
            break
        if part[4] == ",":
            comma = True
        else:
            items.append(_value(part, rest))
    if opening == "[":
        return items
    return items[0] if len(items) == 1 and not comma else tuple(items)


def _pairs(rest: Iterator[tuple[str, ...]]) -> dict[str, Any]:
    pairs: dict[str, Any] = {}
    for part in rest:
        if part[4] == "}":
            break
        if part[4] != ",":
            next(rest)  # the colon
            pairs[part[0] or part[1]] = _value(next(rest), rest)
    return pairs
