"""A model that is asked for words: nothing that it writes is a call."""

from collections.abc import Sequence

from sparring.checker.errors import ParseError
from sparring.checker.python_text import DecodedCall
from sparring.dialects.base import Dialect
from sparring.records import Call, Example, Message


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
