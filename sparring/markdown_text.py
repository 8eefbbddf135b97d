"""Other people's text in Markdown: no link, mention, markup, formula or table cell of its own takes effect."""

import re

from sparring.visible_text import shorten

MARKUP = re.compile(r"[\\`*\[\]<>|#~$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")  # inside a word _ is no markup
LIST_OR_RULE = re.compile(r"^(\d*)(?=[-+=]|(?<=\d)[.)](?:\s|$))")
BARE_ADDRESS = re.compile(r"(?i)(?<=www)(?=\.)|(?=://)")
MAX_SHOWN = 300


def escaped(text: str, length: int = MAX_SHOWN) -> str:
    """The text in one line, for a sentence, a heading or a cell."""
    return escaped_line(shorten(text, length))


def escaped_line(line: str) -> str:
    """A line of ours with other people's names in it, all of it."""
    line = MARKUP.sub(r"\\\g<0>", line.replace("&", "&amp;")).replace("@", "&#64;")
    line = LIST_OR_RULE.sub(r"\1\\", line)
    return BARE_ADDRESS.sub(r"\\", line)


def code_span(text: str, length: int = MAX_SHOWN) -> str:
    """The text as code in one line; not for a cell, which ends at a | all the same."""
    line = shorten(text, length) or " "
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    return f"{fence} {line} {fence}"
