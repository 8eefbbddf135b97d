"""Other people's text where a person reads it: what would hide, reorder or command is written out as ⟦U+202E⟧.

A terminal obeys escape sequences (OSC 52 writes into the clipboard), rich obeys markup, and some characters show
nothing or are none at all (U+FFFE, half surrogates: files refuse them). Joiners that scripts and emoji need stay.
"""

import re

from rich.markup import escape
from rich.text import Text

# Control characters but tab and newline; direction marks, overrides and isolates; fillers and operators that show
# nothing; variation selectors but those of emoji; tags and their selectors; half surrogates; what is no character.
_HIDDEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_NO_CHARACTERS = "".join(chr(plane << 16 | last) for plane in range(1, 17) for last in (0xFFFE, 0xFFFF))
HIDDEN = re.compile(f"[{_HIDDEN}{_NO_CHARACTERS}]")


def visible(text: str) -> str:
    """The text with every hidden character written out as its code point."""
    return HIDDEN.sub(lambda found: f"⟦U+{ord(found[0]):04X}⟧", text)


def heading(text: str) -> str:
    """The text for the head of a column of rich's tables, which takes markup alone."""
    return escape(visible(text))


def plain_text(text: str) -> Text:
    """The text for a table of rich: no markup in it takes effect."""
    return Text(visible(text))


def shorten(text: str, length: int) -> str:
    """The text in one line of at most `length` characters, hidden ones written out."""
    line = " ".join(visible(text[: length * 8]).split())
    return line if len(line) <= length else line[: length - 1] + "…"
