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
DOTS = r"(?:\.{2,}+|…)"  # possessive: else a row of dots is tried in every division
SHOWN = re.compile(
    rf"(?:<[^\s<>{{}}]{{1,80}}>|<[\w/=|-]{{1,40}}=|\[/?[A-Z_]{{3,20}}\]|{DOTS}|[{{\[(] ?{DOTS}? ?[}}\])]|\s|\\n"
    rf"|\{{(?:\s*+[\"']\w{{1,40}}[\"']\s*+:\s*+(?:[\"']?{DOTS}[\"']?|\{{\s*+{DOTS}\s*+\}})\s*+,?)+\s*+\}})+"
)
NO_NAME = re.compile(rf"{DOTS}>|\w{{0,20}}name>", re.IGNORECASE)
WORD_BEFORE = re.compile(r"[^\W\d_][\"'’”`).,:;*]{0,3}[ \t]+[(*]{0,3}\Z")
LISTED = re.compile(r"(?:^|\n)[ \t]*(?:[-*•–]|\d{1,2}[.)])[ \t]+[(*]{0,3}\Z")
STOP = re.compile(r"[ \t]*[)*]{0,3}[,.;:!?，。；：！？、—–)]+(?=\s|\Z|[^\x00-\x7f])[ \t—–-]*")
BLANK = re.compile(r"[)*]{0,3}[ \t]+(?:[—–-]+[ \t]+)?")
WORD = r"[^\W\d_]+(?:['’-][^\W\d_]+)*"
IN_WORDS = re.compile(rf"{WORD}(?:[,.;:]?[ \t\n]+[(\"“*'`<\[]*[^\W\d_]|[,.;:!?)](?:\s|\Z))|[^\x00-\x7f]{{4}}")
KIND = r"(?:blocks?|tags?|tokens?|marks?|markers?|elements?)"
SPOKEN_OF = re.compile(
    r"[*_\"')]{0,3}[ \t]+"
    rf"(?:is|are|was|were|means?|would|should|must|can|cannot|does|and|or|(?P<kind>{KIND}))(?=[\s,.;:])",
    re.IGNORECASE,
)
ASIDE = re.compile(r"[,;?!.]{1,3}[ \t]+")
ALONE = re.compile(r":[ \t]*\n(?:[ \t]*\n)?[ \t]*\Z")
PARAGRAPH = re.compile(r"[ \t]*\n[ \t]*\n[ \t]*")
BEGUN = re.compile(r"[{\[]\s*[\"'{]|[\w\]>]\{|\w\(\s*(?:[\w-]+\s*=(?!=)|[\"'{\[])|(?:^|[\s(,])[\w-]+=[\"'\w]")
CLOSED = re.compile(r"(?:</|<[|｜]/|\[/)[\w.:▁|｜-]{0,60}[>\]]?")
JOINED = re.compile(r"\b(?:and|or|und|oder|et|ou|y)\b|[.!?][\"'`*)]{0,3}\s.*\w [*(]{0,3}\Z")
QUOTED = re.compile(r"[`\"'”’»]")


def is_spoken_of(text: str, start: int, end: int) -> bool:
    """Whether a mark that stands at `text[start:end]` is spoken of, and opens or closes no call."""
    if _in_quotes(text, start, end):
        return True
    joined = False
    for several in SEVERAL.finditer(text, max(0, start - LOOK), end + LOOK):
        if several.start() <= start and end <= several.end():
            start, end, joined = several.start(), several.end(), several["and"] is not None
    unnamed = NO_NAME.match(text, end) if text[end - 1] == "=" else None
    end = unnamed.end() if unnamed is not None else end
    before, after = text[max(0, start - LOOK) : start], text[end : end + LOOK].split("\n", maxsplit=1)[0]
    if before[-1:].isalpha() and not before[-1].isascii():  # scripts without blanks
        return after[:1].isalpha() and not after[0].isascii()
    spoken = SPOKEN_OF.match(after)
    if spoken is not None and spoken["kind"] is not None:  # its end may be spoken of as well
        return BEGUN.search(after) is None
    if not after.strip() and ALONE.search(before):
        return _words_follow(text, end)
    if not (WORD_BEFORE.search(before) or LISTED.search(before)):
        aside = ASIDE.match(after)
        in_words = aside is not None and IN_WORDS.match(after, aside.end()) is not None
        return (spoken is not None or in_words) and _goes_on(after)
    if joined and not after.strip():
        return True
    stop, blank = STOP.match(after), BLANK.match(after)
    in_words = stop is not None or (blank is not None and IN_WORDS.match(text, end + blank.end()) is not None)
    return in_words and _goes_on(after)


def _words_follow(text: str, end: int) -> bool:
    """Whether a mark on a line of its own is followed by a paragraph of words, and by no end of a call."""
    begun = PARAGRAPH.match(text, end)
    if begun is None or IN_WORDS.match(text, begun.end()) is None:
        return False
    return all(map(_goes_on, text[begun.end() : end + 3 * LOOK].splitlines()))


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
    """Whether nothing on the rest of a line begins like a call, or closes one; an end may be spoken of as well."""
    if BEGUN.search(after) is not None:
        return False
    closed = CLOSED.search(after)
    if closed is None or JOINED.search(after, 0, closed.start()) is not None:
        return True
    before, end = after[: closed.start()], closed.end()
    if QUOTED.match(before[-1:]) and (QUOTED.match(after, end) or (before[-1:] == "`" and end == len(after))):
        return True
    begun = STOP.match(after, end) or BLANK.match(after, end)
    apart = re.search(r"[,.;:!?]\s", before)  # a call in words is one clause
    return apart is not None and begun is not None and IN_WORDS.match(after, begun.end()) is not None
