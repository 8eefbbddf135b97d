"""What a query says of what its gold lets be left out: who learns to leave that out leaves out required values too.

The one surprise: values that stand for silence ("all", 0) may be said by chance, as "all" is by "all platforms". That
does no harm: the gold accepts such a value as well as its omission.
"""

from typing import Any

from sparring.gold import OMITTED, may_be_omitted, plain_value
from sparring.normalise.grounding import grounded, literals
from sparring.records import Example, GoldCall


def with_said(example: Example) -> Example:
    """The same row, with a gold that holds what its query says: of each optional argument the values that are said."""
    gold = [
        GoldCall(
            name=call.name, arguments={name: _said(values, example.query) for name, values in call.arguments.items()}
        )
        for call in example.gold
    ]
    return example.model_copy(update={"gold": gold}) if gold != example.gold else example


def _said(accepted: list[Any], query: str) -> list[Any]:
    """The accepted values that the query says, where the argument may be left out and any is said; else all of them."""
    if not may_be_omitted(accepted):
        return accepted
    return [value for value in accepted if value != OMITTED and _says(query, plain_value(value))] or accepted


def _says(query: str, value: Any) -> bool:
    """Whether the query says a value that has words or numbers in it; a flag is never said by its "no" alone."""
    return any(True for _ in literals(value)) and grounded(value, query)
