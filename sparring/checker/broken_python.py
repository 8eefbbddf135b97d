"""Texts that are certainly no list of calls, told without the cost of Python's parser, which is slowest at refusing.

Each rule is sound, not complete: it speaks only where `ast.parse` fails or finds what is no list of calls as well.
A test holds the two against each other.
"""

import keyword
import re

MAX_BRACKETS = 200
MARK = "\0"  # stands for a string; Python's parser takes no text that has one
TEXT = re.compile(r"'(?:[^'\\\n\r]|\\[\s\S])*+'|\"(?:[^\"\\\n\r]|\\[\s\S])*+\"")
KEYWORDS = frozenset(keyword.kwlist) - {"True", "False", "None"}
FORMATTED = re.compile(r"[fFtT][rR]?\0|[rR][fFtT]\0|\\[\n\r]")
STRAY = re.compile("[?$`;\u2018\u2019\u201c\u201d\xa0\\\\]|!(?!=)")
NEIGHBOURS = re.compile(r"(\w++)[ \n]++(\w++|\0)|([\0)\]}])[ \n]*+(\w++)(?!\0)")
NO_CALL = re.compile(r"\[[ \n]*(?:[-+~<>=%/|&^*@:,]|(?:not|lambda|await)(?!\w)|\0[ \n]*[,\]])")
LIST_INSIDE = re.compile(r"\[[ \n]*\[[^\[\]]*+(?:\[[^\[\]]*+\][^\[\]]*+)*+\][ \n]*[,\]]")
COLON = re.compile(r"\([^()\[\]{}:]*+:(?!=)")
NO_BRACKET = re.compile(r"[^()\[\]{}]++")


def certain_fault(text: str) -> str | None:
    """Why a text in brackets cannot be a list of calls; None where that is not sure."""
    if "#" in text or "'''" in text or '"""' in text:
        return None
    if MARK in text:
        return "a NUL character"
    bare = TEXT.sub(MARK, text)
    if FORMATTED.search(bare):
        return None
    if "'" in bare or '"' in bare:
        return "a string has no end"
    if STRAY.search(bare):
        return "a character that is no part of Python"
    if NO_CALL.match(bare) or LIST_INSIDE.match(bare):
        return "its first element is no call"
    if COLON.search(bare) and "lambda" not in bare:
        return "a colon between parentheses"
    if any(KEYWORDS.isdisjoint(pair) for pair in NEIGHBOURS.findall(bare)):
        return "two values in a row"
    brackets = NO_BRACKET.sub("", bare)
    return "brackets do not match" if len(brackets) <= MAX_BRACKETS and not _matched(brackets[1:-1]) else None


def _matched(brackets: str) -> bool:
    """Whether every bracket between the first and the last has its partner there."""
    length = 0
    while len(brackets) != length:
        length = len(brackets)
        brackets = brackets.replace("()", "").replace("[]", "").replace("{}", "")
    return not brackets
