"""Text to calls for Python: the quick reader first, and Python's own parser where that is not sure.

The reader is compiled where the library is installed. Where there was no C compiler, the parser reads every text: the
same calls and verdicts, to the word, more slowly.
"""

from contextlib import suppress
from typing import Literal

from sparring.checker.bounds import bounded
from sparring.checker.call_signs import long_prose, prose
from sparring.checker.errors import ParseError
from sparring.checker.loose_python import decode_loosely, is_stable
from sparring.checker.python_text import MAX_CHARS, UNREADABLE, DecodedCall, bracketed, decode_by_parser
from sparring.checker.thoughts import next_mark, read_behind_thoughts

try:
    from sparring.checker._reader import read
except ImportError:

    def read(text: str, strict: bool) -> list[DecodedCall] | Literal[False] | None:
        """Not sure of any text."""
        return None


MARKED = (  # LFM2, Llama 4 and OLMo 3, which may speak around them
    ("<|tool_call_start|>", "<|tool_call_end|>"),
    ("<|python_start|>", "<|python_end|>"),
    ("<function_calls>", "</function_calls>"),
)


def read_answer(text: str) -> list[DecodedCall]:
    """The calls that an answer makes in Python; none where it is prose.

    Thoughts before it are left out, and so are the marks that models put around calls.

    Raises:
        ParseError: It is neither calls nor prose.
    """
    if text[:1] == "[" and text[-1:] == "]":
        listed = read(text, True) if len(text) <= MAX_CHARS else None
        if listed:
            return listed
    return read_behind_thoughts(text, _calls_or_prose)


def decode_python(text: str, strict: bool) -> list[DecodedCall]:
    """The calls in a text of the form `[f(x=1), g.h(y="a")]`, with or without the brackets; none for "" and "[]".

    Args:
        text: What the model wrote.
        strict: Refuse positional and repeated arguments and values that JSON does not hold, keep the sign of `+5`,
            strip language-tagged fences, take `true` for True, and read names and arguments that are no identifiers.

    Raises:
        ParseError: The text is no list of calls, or is beyond the limits on length, nesting and number.
    """
    listed = bracketed(text, strict)
    calls = read(listed, strict)
    if calls:
        return calls
    if strict:
        return bounded(_strictly(listed, spaced=text.lstrip("`\n ")[:1] == "["))
    if calls is None:
        return decode_by_parser(listed, strict)
    if calls is False:
        raise ParseError(UNREADABLE)
    return calls


def _strictly(listed: str, spaced: bool) -> list[DecodedCall]:
    if not is_stable(listed):
        with suppress(ParseError):
            return decode_loosely(listed, spaced)
    try:
        return decode_by_parser(listed, strict=True)
    except ParseError as error:
        try:
            return decode_loosely(listed, spaced)
        except ParseError:
            raise error from None


def _calls_or_prose(text: str) -> list[DecodedCall]:
    if len(text) > MAX_CHARS:
        return long_prose(text)
    for opening, closing in MARKED:
        start = -1 if text.startswith("[") else next_mark(text, opening, 0)
        if start >= 0:
            inside, _, after = text[start + len(opening) :].partition(closing)
            if inside.strip() in {"", "["}:
                raise ParseError(f"nothing stands behind {opening}")
            prose(text[:start] + after)
            return decode_python(inside.strip(), strict=True)
        text = text.removesuffix(closing).strip()
    try:
        return decode_python(text, strict=True)
    except ParseError as error:
        try:
            return prose(text)
        except ParseError:
            raise error from None
