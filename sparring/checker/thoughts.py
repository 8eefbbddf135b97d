"""What stands around an answer: thoughts before it, marks of the turn at both ends. None of it is read for calls.

A lone `</think>` ends thoughts that the prompt opened. The surprise: such a mark may also stand inside a value of a
call, so the whole text is read first where it holds one, and what follows the mark only where that fails.
"""

import re
from collections.abc import Callable

from sparring.checker.errors import ParseError
from sparring.checker.python_text import DecodedCall
from sparring.checker.quoted_marks import is_spoken_of

THOUGHTS = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<reasoning>": "</reasoning>",
    "<seed:think>": "</seed:think>",
    "[THINK]": "[/THINK]",
    "◁think▷": "◁/think▷",
    "<|START_THINKING|>": "<|END_THINKING|>",
    "<|inner_prefix|>": "<|inner_suffix|>",
    "<|channel|>analysis<|message|>": "<|end|>",
    "<|channel>thought": "<channel|>",
    "<|open|>think<|sep|>": "<|close|>think<|sep|>",
    "<|think:start|>": "<|think:end|>",
}
LONE = re.compile("|".join(re.escape(mark) for mark in THOUGHTS.values() if mark != "<|end|>"))
HEADER = re.compile(
    r"(?:\s|<s>|<bos>|<\|begin_of_text\|>|<\|start_header_id\|>assistant<\|end_header_id\|>|<\|im_start\|>assistant"
    r"|<\|header_start\|>assistant<\|header_end\|>|<\|start_of_role\|>assistant<\|end_of_role\|>|<\|start\|>assistant"
    r"|<\|assistant\|>|<start_of_turn>model|<\|channel\|>final<\|message\|>|<\|open\|>response<\|sep\|>)+"
)
CALL = re.compile(r"(?:```\w*\s*)?\[?\s*(?:\{\s*[\"']|[\w.:/-]{1,100}\(\s*[\w-]{1,60}\s*=)")  # no thought begins so
CLOSING = frozenset("}])`")
ENDS = (
    "<|im_end|>",
    "<|eot_id|>",
    "<|eom_id|>",
    "<|eot|>",
    "<|eom|>",
    "</s>",
    "<eos>",
    "<pad>",
    "<end_of_turn>",
    "<|end_of_turn|>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<|end|>",
    "<|return|>",
    "<|user|>",
    "<|observation|>",
    "<|END_OF_TURN_TOKEN|>",
    "<turn|>",
    "<|close|>response<|sep|>",
    "<|close|>message<|sep|>",
    "<｜end▁of▁sentence｜>",
)


def read_behind_thoughts(text: str, read: Callable[[str], list[DecodedCall]]) -> list[DecodedCall]:
    """The calls of an answer, whose thoughts are left out.

    Args:
        text: What the model wrote.
        read: Reads what is left; raises ParseError where a lone mark of a thought's end stands outside the calls.

    Raises:
        ParseError: A thought has no end, or the rest cannot be read.
    """
    answer = without_thoughts(text)
    ends = [found.end() for found in LONE.finditer(answer)]
    try:
        return read(answer)  # the mark stands inside a value, where there is one
    except ParseError as error:
        if not ends:
            raise
        whole = error
    # a broken call that holds the mark is no abstention, whatever words stand behind the mark
    holds_the_mark = CALL.match(answer) is not None and answer.rstrip()[-1:] in CLOSING
    for end in (ends[0], ends[-1]):
        try:
            found = read(without_thoughts(answer[end:]))
        except ParseError:
            continue
        if found or not holds_the_mark:
            return found
    raise whole


def without_thoughts(text: str) -> str:
    """What follows the thoughts that a text begins with, without marks of the turn.

    Raises:
        ParseError: A thought has no end: there is no answer yet.
    """
    start, end = _behind_header(text, 0), len(text)
    while (opening := next((mark for mark in THOUGHTS if text.startswith(mark, start)), None)) is not None:
        closing = THOUGHTS[opening]
        found = text.find(closing, start + len(opening))
        if found < 0:
            raise ParseError(f"{opening} is not closed: there is no answer yet")
        start = _behind_header(text, found + len(closing))
    while end > start:
        if text[end - 1].isspace():
            end -= 1
            continue
        mark = next((mark for mark in ENDS if text.endswith(mark, start, end)), None)
        if mark is None:
            break
        end -= len(mark)
    return text[start:end]


def next_outside_thoughts(text: str, mark: str, place: int) -> int:
    """Where a mark stands next, those left out that are spoken of or within `<think>` blocks; -1 where it does not."""
    found = next_mark(text, mark, place)
    while found >= 0:
        thought = next_mark(text, "<think>", place, found)
        if thought < 0:
            return found
        end = text.find("</think>", thought)
        if end < 0:
            return -1
        place = end + len("</think>")
        found = next_mark(text, mark, max(found, place)) if found < place else found
    return -1


def next_mark(text: str, mark: str, place: int, end: int | None = None) -> int:
    """Where a mark stands next that is not only spoken of; -1 where it does not."""
    found = text.find(mark, place, end)
    while found >= 0 and is_spoken_of(text, found, found + len(mark)):
        found = text.find(mark, found + len(mark), end)
    return found


def outside_thoughts(text: str) -> str:
    """A text without its `<think>` blocks. Raises ParseError where one has no end."""
    kept: list[str] = []
    place = 0
    while (thought := next_mark(text, "<think>", place)) >= 0:
        kept.append(text[place:thought])
        end = text.find("</think>", thought)
        if end < 0:
            raise ParseError("<think> is not closed: there is no answer yet")
        place = end + len("</think>")
    return "".join([*kept, text[place:]])


def _behind_header(text: str, place: int) -> int:
    found = HEADER.match(text, place)
    return found.end() if found is not None else place
