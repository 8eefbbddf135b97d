"""A model that is asked for words: nothing that it writes is a call."""

from collections.abc import Sequence

from sparring.checker.errors import ParseError
from sparring.checker.python_text import DecodedCall
from sparring.checker.thoughts import LONE, without_thoughts
from sparring.dialects.base import Dialect
from sparring.records import Call, Example, Message

QUOTES = (('"', '"'), ("“", "”"), ("'", "'"), ("«", "»"), ("`", "`"))
BEFORE_A_QUOTE = " ([:"


class Prose(Dialect):
    """Text in, text out."""

    def render(self, calls: Sequence[Call]) -> str:
        """Never asked for."""
        raise NotImplementedError("who writes prose calls nothing")

    def parse(self, text: str) -> list[DecodedCall]:
        """No text is a call."""
        raise ParseError("prose")


def question(name: str, kind: str, text: str) -> Example:
    """A text to a model as the row that an endpoint is asked for; `name` and `kind` say whose it is."""
    messages = [Message(role="user", content=text)]
    return Example(id=f"{kind}:{name}", source=kind, category=kind, tools=[], messages=messages, gold=[])


def said(text: str) -> str:
    """What an answer says behind its thoughts, those too that the prompt began; nothing where they do not end."""
    try:
        answer = without_thoughts(text)
    except ParseError:
        return ""
    return LONE.split(answer)[-1].strip()


def unquoted(text: str) -> str:
    """A text without the quotation marks that stand around all of it."""
    return next((text[1:-1].strip() for opening, closing in QUOTES if _stand_around(text, opening, closing)), text)


def _stand_around(text: str, opening: str, closing: str) -> bool:
    """Whether marks stand around the whole text: the first one inside, if there is one, opens and does not close."""
    if len(text) < 3 or not (text.startswith(opening) and text.endswith(closing)):
        return False
    inner = text[1:-1]
    first = min((inner.find(mark) for mark in {opening, closing} if mark in inner), default=0)
    return first == 0 or inner[first - 1] in BEFORE_A_QUOTE
