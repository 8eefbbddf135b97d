"""Tool-call formats: one file each, one line in DIALECTS."""

from sparring.dialects.base import Dialect
from sparring.dialects.pythonic import Pythonic

DIALECTS: dict[str, Dialect] = {
    "pythonic": Pythonic(),
}

__all__ = ["DIALECTS", "Dialect"]
