"""The gold's text: what a target learns where nothing better is known."""

from sparring.dialects.base import Dialect
from sparring.gold import gold_calls
from sparring.normalise.said import with_said
from sparring.normalise.shown import as_shown
from sparring.records import Example


def gold_text(dialect: Dialect, example: Example) -> str:
    """The gold calls as written; where none is right, what declines.

    Optional values that the query says are among them, and of several right values the one that the tool shows.
    """
    return dialect.render(gold_calls(as_shown(with_said(example))))
