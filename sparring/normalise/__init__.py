"""Normalisers: the same value in its many spellings. Each reads a text into values with their places.

What two texts have in common is decided on these values, never on letters: "5,000", "5000" and "five thousand" are one.
"""

from sparring.normalise.grounding import grounded, literals
from sparring.normalise.moments import dates, times
from sparring.normalise.numbers import Number, numbers
from sparring.normalise.units import unit_of

__all__ = ["Number", "dates", "grounded", "literals", "numbers", "times", "unit_of"]
