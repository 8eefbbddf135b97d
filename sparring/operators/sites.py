"""The site of a seed: its values, and what other operators may have put beside them."""

from decimal import Decimal

from sparring.normalise import literals
from sparring.operators.base import Site
from sparring.operators.taking_back import FIXED
from sparring.records import Example


def site_of(example: Example) -> Site:
    """The values of a seed."""
    values = [value for call in example.gold for accepted in call.arguments.values() for value in literals(accepted)]
    strings = sorted({value for value in values if isinstance(value, str)}, key=lambda text: (-len(text), text))
    amounts = frozenset(Decimal(str(value)) for value in values if not isinstance(value, str))
    return Site(tuple(strings), amounts, example, FIXED)
