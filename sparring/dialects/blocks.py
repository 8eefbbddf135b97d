"""Calls in marked blocks: JSON between an opening and a closing mark, words and thoughts around them."""

from collections.abc import Mapping

from sparring.checker.call_signs import prose
from sparring.checker.errors import ParseError
from sparring.checker.python_text import DecodedCall
from sparring.checker.thoughts import next_outside_thoughts, outside_thoughts
from sparring.dialects.json_calls import calls_of, values_at


def block_calls(text: str, marks: Mapping[str, str], python: bool = False) -> list[DecodedCall]:
    """Calls of all blocks; none where there is no block and the text is prose.

    Args:
        text: The answer.
        marks: Opening marks with their closing ones. A block may end without its mark where the text or another block
            follows, and where it holds a list, whose end is plain.
        python: Whether values may be written as Python writes them.

    Raises:
        ParseError: A block holds no call, or more than calls; a call stands outside the blocks in another form.
    """
    calls: list[DecodedCall] = []
    outside: list[str] = []
    place = 0
    while (begun := _next(text, marks, place)) is not None:
        start, opening = begun
        outside.append(text[place:start])
        listed = text[start + len(opening) :].lstrip().startswith("[")
        values, place = values_at(text, start + len(opening), python)
        for value in values:
            calls += calls_of(value, "arguments", python)
        closing = marks[opening]
        if text.startswith(closing, place):
            place += len(closing)
        elif place < len(text) and not listed and not text.startswith(tuple(marks), place):
            raise ParseError(f"a block is not closed by {closing}")
    prose(outside_thoughts("".join([*outside, text[place:]])))
    return calls


def _next(text: str, marks: Mapping[str, str], place: int) -> tuple[int, str] | None:
    found = [(start, mark) for mark in marks if (start := next_outside_thoughts(text, mark, place)) >= 0]
    return min(found, default=None)
