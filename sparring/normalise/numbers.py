"""Numbers in a text, with their places: digits, thousands, decimals, signs, words, "2.5 million", "5k", fractions."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from sparring.normalise.number_words import PHRASE, SCALES, read
from sparring.normalise.spans import Spans
from sparring.normalise.units import CURRENCIES

DIGITS = re.compile(
    r"(?<![\w.])(?P<sign>[-−](?=[\d.]))?(?P<body>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?:(?P<scale>\s*(?:thousand|million|billion))\b|(?P<suffix>[kKmM](?![\w]))|(?P<ordinal>st|nd|rd|th)\b)?",
    re.IGNORECASE,
)
INSIDE_WORD = re.compile(r"(?<=[A-Za-z_])\d+(?:\.\d+)?|\d+(?=[A-Za-z_])")
AMBIGUOUS = {"one"}  # "which one", "one of them"
SUFFIXES = {"k": 10**3, "m": 10**6}


@dataclass(frozen=True)
class Number:
    """A number with its place in the text: text[start:end] spells it."""

    value: Decimal
    start: int
    end: int
    spelled: bool


def numbers(text: str) -> list[Number]:
    """Numbers in the order of the text. "one" alone is no number; digits inside words ("B12") are left to the words."""
    found = [number for match in DIGITS.finditer(text) if (number := _from_digits(match)) is not None]
    taken = Spans((number.start, number.end) for number in found)
    for match in PHRASE.finditer(text):
        if match.group().lower() in AMBIGUOUS or taken.overlap(match.start(), match.end()):
            continue
        found += [Number(Decimal(value), match.start(), match.end(), True) for value in read(match.group())]
    return sorted(found, key=lambda number: (number.start, number.end))


def _from_digits(match: re.Match[str]) -> Number | None:
    try:
        value = Decimal(match["body"].replace(",", ""))
    except InvalidOperation:
        return None
    end = match.end()
    if match["scale"]:
        value *= SCALES[match["scale"].strip().lower()]
    elif _metres(match):
        end = match.start("suffix")
    elif match["suffix"]:
        value *= SUFFIXES[match["suffix"].lower()]
    return Number(-value if match["sign"] else value, match.start(), end, False)


def _metres(match: re.Match[str]) -> bool:
    """Whether a number's "m" is the unit: a small letter, and no currency before it, as in all that BFCL asks."""
    return match["suffix"] == "m" and match.string[match.start() - 1 : match.start()] not in CURRENCIES
