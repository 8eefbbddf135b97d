"""Texts that are certainly no list of calls, told without the cost of Python's parser, which is slowest at refusing.

Each rule is sound, not complete: it speaks only where `ast.parse` fails or finds what is no list of calls as well.
A test holds the two against each other. As in all patterns of the checker, only single characters are repeated
possessively: a possessive group goes wrong before Python 3.11.5.
"""

import keyword
import re

MAX_BRACKETS = 200
MARK = "\0"  # stands for a string; Python's parser takes no text that has one
TEXT = re.compile(r"'[^'\\\n\r]*+(?:\\[\s\S][^'\\\n\r]*+)*'|\"[^\"\\\n\r]*+(?:\\[\s\S][^\"\\\n\r]*+)*\"")
KEYWORDS = frozenset(keyword.kwlist) - {"True", "False", "None"}
FORMATTED = re.compile(r"[fFtT][rR]?\0|[rR][fFtT]\0|\\[\n\r]")
STRAY = re.compile("[?$`;\u2018\u2019\u201c\u201d\xa0\ufeff\\\\]")
BANG = re.compile(r"!(?!=)")
NEIGHBOURS = re.compile(r"(\w++)[ \n]++(\w++|\0)|([\0)\]}])[ \n]*+(\w++)(?!\0)|(\0)((?![bBrRuUfFtT]{1,2}\0)\w++)\0")
NO_CALL = re.compile(r"\[[ \n]*(?:[-+~<>=%/|&^*@:,]|(?:not|lambda|await)(?!\w)|\0[ \n]*[,\]])")
NO_CALL_AT_END = re.compile(r"[^)\s,\[][ \n]*+,?+[ \n]*+\]\Z")
LIST_INSIDE = re.compile(r"\[[ \n]*\[[^\[\]]*+(?:\[[^\[\]]*+\][^\[\]]*+)*\][ \n]*[,\]]")
COLON = re.compile(r"\([^()\[\]{}:]*+:(?!=)")
LEADING_ZERO = re.compile(r"(?<![\w.])(?<![eE][-+])0[0-9]*+(?<=[1-9])(?![\w.])")
NO_BRACKET = re.compile(r"[^()\[\]{}]++")


def bare_text(text: str) -> str | None:
    """A text with a mark for each string; None where a string has no end, or may be of another kind."""
    if "'''" in text or '"""' in text or MARK in text:
        return None
    bare = TEXT.sub(MARK, text)
    return None if "'" in bare or '"' in bare else bare


def certain_fault(text: str) -> str | None:
    """Why a text in brackets cannot be a list of calls; None where that is not sure."""
    if "'''" in text or '"""' in text:
        return None
    if MARK in text:
        return "a NUL character"
    bare = TEXT.sub(MARK, text)
    if "#" in bare or FORMATTED.search(bare):
        return None
    if "'" in bare or '"' in bare:
        return "a string has no end"
    if NO_CALL.match(bare) or LIST_INSIDE.match(bare):
        return "its first element is no call"
    if STRAY.search(bare) or ("!" in bare and BANG.search(bare)):
        return "a character that is no part of Python"
    if bare[-1:] == "]" and bare[-2:] != ")]" and NO_CALL_AT_END.search(bare, max(len(bare) - 20, 0)):
        return "its last element is no call"
    brackets = NO_BRACKET.sub("", bare)
    if len(brackets) <= MAX_BRACKETS and not _matched(brackets[1:-1]):
        return "brackets do not match"
    if ":" in bare and COLON.search(bare) and "lambda" not in bare:
        return "a colon between parentheses"
    if any(KEYWORDS.isdisjoint(pair) for pair in NEIGHBOURS.findall(bare)):
        return "two values in a row"
    return "a number with a leading zero" if "0" in bare and LEADING_ZERO.search(bare) else None


def _matched(brackets: str) -> bool:
    """Whether every bracket between the first and the last has its partner there."""
    length = 0
    while len(brackets) != length:
        length = len(brackets)
        brackets = brackets.replace("()", "").replace("[]", "").replace("{}", "")
    return not brackets
