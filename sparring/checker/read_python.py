"""Text to calls for Python: the quick reader first, and Python's own parser where that is not sure.

The reader is compiled where the library is installed. Where there was no C compiler, the parser reads every text: the
same calls and verdicts, to the word, more slowly.
"""

from typing import Literal

from sparring.checker.errors import ParseError
from sparring.checker.python_text import UNREADABLE, DecodedCall, bracketed, decode_by_parser

try:
    from sparring.checker._reader import read
except ImportError:

    def read(text: str, strict: bool) -> list[DecodedCall] | Literal[False] | None:
        """Not sure of any text."""
        return None


def decode_python(text: str, strict: bool) -> list[DecodedCall]:
    """The calls in a text of the form `[f(x=1), g.h(y="a")]`, with or without the brackets; none for "" and "[]".

    Args:
        text: What the model wrote.
        strict: Refuse positional, starred and repeated arguments, keep the sign of `+5`, strip language-tagged fences.

    Raises:
        ParseError: The text is no list of calls, or is beyond the limits on length, nesting and number.
    """
    listed = bracketed(text, strict)
    calls = read(listed, strict)
    if calls is None:
        return decode_by_parser(listed, strict)
    if calls is False:
        raise ParseError(UNREADABLE)
    return calls
