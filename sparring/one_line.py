"""Other people's text in one line: short, with hidden characters written out, and as Markdown code."""

import re

from sparring.visible_text import visible


def shorten(text: str, length: int) -> str:
    """The text in one line of at most `length` characters, hidden ones written out."""
    line = " ".join(visible(text[: length * 8]).split())
    return line if len(line) <= length else line[: length - 1] + "…"


def code_span(text: str, length: int = 300) -> str:
    """Markdown code in one line: no markup, link or mention in it takes effect."""
    line = shorten(text, length) or " "
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    return f"{fence} {line} {fence}"
