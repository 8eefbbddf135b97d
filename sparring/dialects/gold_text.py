"""The gold's text: what a target learns where nothing better is known."""

from sparring.dialects.base import Dialect
from sparring.gold import gold_calls
from sparring.normalise.said import with_said
from sparring.records import Example


def gold_text(dialect: Dialect, example: Example) -> str:
    """The gold calls as written, optional values that the query says among them; where none is right, what declines."""
    return dialect.render(gold_calls(with_said(example)))
