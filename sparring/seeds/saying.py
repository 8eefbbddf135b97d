"""How a person says a value: words of an option, a day by its month's name, a list with "and", the rest as it is.

What is said can be taken for one value alone: options whose words are the same are said letter by letter, and a text
of several words, or with marks in it, stands in quotes.
"""

import re
from collections.abc import Sequence
from random import Random
from typing import Any

from sparring.normalise.grounding import plain
from sparring.normalise.moments import MONTHS
from sparring.schemas.json_schema import Schema

BARE = re.compile(r"[A-Za-z][A-Za-z]+|\d+")
CLEAR = re.compile(r"/?\w+(?:[/:+-]\w+)+")  # a day, a time, a path: no mark that could end a sentence
CODED = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[a-z][a-z0-9]*(?:[_-][a-z0-9]+)+|[A-Z]{4,}")
DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")


def said(value: Any, shape: Schema, rng: Random) -> str:
    """The words for a value of a schema."""
    if isinstance(value, bool):
        return ("yes" if value else "no") if rng.random() < 0.5 else ("true" if value else "false")
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, list):
        inner = shape.get("items") if isinstance(shape.get("items"), dict) else {}
        return listed([f'"{item}"' if isinstance(item, str) else said(item, inner or {}, rng) for item in value])
    if isinstance(value, dict):
        return listed([f"{key} set to {said(inner, {}, rng)}" for key, inner in value.items()])
    if shape.get("enum") and value in shape["enum"]:
        return option_words(value, shape["enum"])
    if shape.get("format") == "date" and (day := DAY.fullmatch(value)) and rng.random() < 0.4:
        return f"{int(day[3])} {MONTHS[int(day[2]) - 1].capitalize()} {day[1]}"
    return value if BARE.fullmatch(value) or (CLEAR.fullmatch(value) and rng.random() < 0.5) else f'"{value}"'


def option_words(value: str, options: Sequence[Any]) -> str:
    """An option in words where it is coded, START_TIME or all-regions, and no other has the same; else as it is."""
    same = [other for other in options if isinstance(other, str) and plain(other) == plain(value)]
    if CODED.fullmatch(value) and len(same) == 1:
        return re.sub(r"[_-]+", " ", value).lower()
    return value if BARE.fullmatch(value) else f'"{value}"'


def number_text(value: int | float) -> str:
    """A number in digits, never with an exponent."""
    return f"{value:f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def listed(parts: Sequence[str]) -> str:
    """Parts as a person lists them: a, b and c."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
