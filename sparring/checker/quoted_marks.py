"""Marks of calls that a text only speaks of: "I would write <tool_call> here, but no tool fits" calls nothing.

A mark is spoken of where it stands in quotes of its own, or within a sentence that goes on in words. Whatever begins
like a call behind it (an object, a list, a name with its arguments, a block that is closed, the end of the text or of
the line) leaves it a call that was attempted: one that was cut or broken never becomes prose.
"""

import re

QUOTES = {"`": "`", '"': '"', "'": "'", "“": "”", "‘": "’", "«": "»", "「": "」", "『": "』"}
LOOK = 300  # characters on both sides that are looked at
TAG = r"(?:</?[\w.:▁-]{1,60}>|<[|｜][/\w▁-]{1,60}[|｜]>|\[/?[A-Z_]{3,20}\])"
AND = r"(?:and|or|to|with|by|then|und|oder|et|ou|y|o|e|和|或|と|,|/|\.{2,}|…|[{\[(] ?(?:\.{2,}|…)? ?[}\])])"
SEVERAL = re.compile(rf"{TAG}(?:[ `\"'*]{{0,4}}(?P<and>{AND})?[ `\"'*]{{0,4}}{TAG})+")
SHOWN = re.compile(
    r"(?:<[^\s<>{}]{1,80}>|<[\w/=|-]{1,40}=|\[/?[A-Z_]{3,20}\]|\.{2,}|…|[{\[(] ?(?:\.{2,}|…)? ?[}\])]| )+"
)
WORD_BEFORE = re.compile(r"[^\W\d_][\"'’”`).,:;*]{0,3}[ \t]+[(*]{0,3}\Z")
LISTED = re.compile(r"(?:^|\n)[ \t]*(?:[-*•–]|\d{1,2}[.)])[ \t]+[(*]{0,3}\Z")
STOP = re.compile(r"[ \t]*[)*]{0,3}[,.;:!?，。；：！？、—–)]+(?=\s|\Z|[^\x00-\x7f])[ \t—–-]*")
BLANK = re.compile(r"[)*]{0,3}[ \t]+(?:[—–-]+[ \t]+)?")
WORD = r"[^\W\d_]+(?:['’-][^\W\d_]+)*"
IN_WORDS = re.compile(rf"{WORD}(?:[,.;:]?[ \t\n]+[(\"“*'`<\[]*[^\W\d_]|[,.;:!?)](?:\s|\Z))|[^\x00-\x7f]{{4}}")
SPOKEN_OF = re.compile(
    r"[ \t]+(?:is|are|was|were|means?|would|should|must|can|cannot|does|and|or|blocks?|tags?|tokens?|marks?|markers?)"
    r"(?=[\s,.;:])",
    re.IGNORECASE,
)
BEGUN = re.compile(r"[{\[]\s*[\"'{]|[\w\]>]\{|\w\(\s*(?:[\w-]+\s*=(?!=)|[\"'{\[])|(?:^|[\s(,])[\w-]+=[\"'\w]")
CLOSED = re.compile(r"</|<[|｜]/|\[/")


def is_spoken_of(text: str, start: int, end: int) -> bool:
    """Whether a mark that stands at `text[start:end]` is spoken of, and opens or closes no call."""
    if _in_quotes(text, start, end):
        return True
    joined = False
    for several in SEVERAL.finditer(text, max(0, start - LOOK), end + LOOK):
        if several.start() <= start and end <= several.end():
            start, end, joined = several.start(), several.end(), several["and"] is not None
    before, after = text[max(0, start - LOOK) : start], text[end : end + LOOK].split("\n", maxsplit=1)[0]
    if before[-1:].isalpha() and not before[-1].isascii():  # scripts without blanks
        return after[:1].isalpha() and not after[0].isascii()
    if not (WORD_BEFORE.search(before) or LISTED.search(before)):
        return SPOKEN_OF.match(after) is not None and _goes_on(after)
    if joined and not after.strip():
        return True
    stop, blank = STOP.match(after), BLANK.match(after)
    in_words = stop is not None or (blank is not None and IN_WORDS.match(text, end + blank.end()) is not None)
    return in_words and _goes_on(after)


def _in_quotes(text: str, start: int, end: int) -> bool:
    """Whether quotes hold the mark and nothing but marks, or dots in the place of a call."""
    for opening, closing in QUOTES.items():
        place = text.rfind(opening, max(0, start - LOOK), start)
        if place >= 0:
            last = text.find(closing, end, end + LOOK)
            if last >= 0 and SHOWN.fullmatch(text, place + 1, last):
                return True
    return False


def _goes_on(after: str) -> bool:
    """Whether nothing on the rest of a line begins like a call, or closes one."""
    closed = CLOSED.search(after)
    if closed is not None and re.search(r"\b(?:and|or|und|oder|et|ou|y)\b", after[: closed.start()]) is None:
        return False
    return BEGUN.search(after) is None
