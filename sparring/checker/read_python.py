"""Text to calls for Python: the short ways first, and Python's own parser where none of them is sure.

A short way reads or refuses a text only where the parser surely does the same; a test holds them against each other.
"""

import re

from sparring.checker.broken_python import TEXT, certain_fault
from sparring.checker.errors import ParseError
from sparring.checker.known_arguments import read_known
from sparring.checker.plain_python import read_plain
from sparring.checker.python_text import DecodedCall, bracketed, decode_by_parser

COMMENT = re.compile(rf"({TEXT.pattern})|#[^\n\r\0]*+")
UNSURE_TEXT = re.compile(r"'{3}|\"{3}|[fFtT][rR]?['\"]|[rR][fFtT]['\"]")  # its end may not be where it seems to be


def decode_python(text: str, strict: bool) -> list[DecodedCall]:
    """The calls in a text of the form `[f(x=1), g.h(y="a")]`, with or without the brackets; none for "" and "[]".

    Args:
        text: What the model wrote.
        strict: Refuse positional, starred and repeated arguments, keep the sign of `+5`, strip language-tagged fences.

    Raises:
        ParseError: The text is no list of calls, or is beyond the limits on length, nesting and number.
    """
    listed = bracketed(text, strict)
    calls = decode_shortly(listed, strict)
    return decode_by_parser(listed, strict) if calls is None else calls


def decode_shortly(listed: str, strict: bool) -> list[DecodedCall] | None:
    """The calls in a text in brackets without the cost of Python's parser; None where that is not sure.

    Raises:
        ParseError: It is certainly no list of calls.
    """
    if "#" in listed and not UNSURE_TEXT.search(listed):
        listed = COMMENT.sub(r"\1", listed).rstrip()
    if "(" not in listed:  # nothing can be a call, whatever else it is
        if listed[-1:] == "]" and not listed[1:-1].strip():
            return []
        raise ParseError("not readable as calls: there is none")
    calls = read_known(listed, strict)
    if calls is not None:
        return calls
    fault = certain_fault(listed)
    if fault is not None:
        raise ParseError(f"not readable as calls: {fault}")
    calls = read_plain(listed, strict)
    return read_known(listed, strict, odd=True) if calls is None else calls
