"""Whether a text says a value: a number, a string, a date, a list or a nested value, in any spelling we know.

Words are compared whole, and layout (quotes, blanks, hyphens, case, accents) is forgiven.
"""

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sparring.normalise.moments import dates, same_date, times
from sparring.normalise.numbers import numbers
from sparring.normalise.spoken import written

TRUE_WORDS = ("true", "yes", "enable", "enabled", "include", "including", "included")
FALSE_WORDS = ("false", "no", "not", "disable", "disabled", "exclude", "excluding", "excluded", "without")


def grounded(value: Any, text: str) -> bool:
    """Whether the text says the value. An empty list or dictionary is said by any text."""
    return _says(value, written(text))


def _says(value: Any, text: str) -> bool:
    if isinstance(value, bool):
        words = TRUE_WORDS if value else FALSE_WORDS
        return any(re.search(rf"\b{word}\b", text, re.IGNORECASE) for word in words)
    if isinstance(value, int | float):
        return _says_number(Decimal(str(value)), text)
    if isinstance(value, str):
        return _says_text(value, text)
    if isinstance(value, dict):
        return all(_says(inner, text) for inner in value.values())
    if isinstance(value, list | tuple):
        return all(_says(item, text) for item in value)
    return value is None


def literals(value: Any) -> Iterator[str | int | float]:
    """The strings and numbers inside a value; booleans and None are never literal."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from literals(inner)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from literals(item)
    elif isinstance(value, str | int | float) and not isinstance(value, bool) and value != "":
        yield value


def _says_number(value: Decimal, text: str) -> bool:
    """A share is also said by its percentage."""
    wanted = {value, value * 100} if abs(value) < 1 else {value}
    return any(number.value in wanted for number in numbers(text))


def _says_text(value: str, text: str) -> bool:
    value = written(value)  # as the text is: "noon", "10-fold", "the first of May"
    if _says_moment(value, text):
        return True
    wanted, given = plain(value), plain(text)
    if not wanted:
        return value.strip() in text
    if f" {wanted} " in f" {given} ":
        return True
    return value.strip().replace(",", "").lstrip("-").replace(".", "", 1).isdigit() and _says_number(
        Decimal(value.strip().replace(",", "")), text
    )


def _says_moment(value: str, text: str) -> bool:
    """Whether the text says a date or time that the value is, in any spelling, and every word beside it."""
    days, hours = dates(value), times(value)
    same_day = days and any(same_date(days[0].value, other.value) for other in dates(text))
    if not same_day and not (hours and any(hours[0].value == other.value for other in times(text))):
        return False
    said = days[0] if same_day else hours[0]
    given = set(plain(text).split())
    return all(word in given for word in plain(f"{value[: said.start]} {value[said.end :]}").split() if word.isalpha())


def plain(text: str) -> str:
    """Words of a text, lower case, without accents and punctuation, one blank between; points inside numbers stay."""
    folded = unicodedata.normalize("NFKD", text)
    folded = "".join(c for c in folded if not unicodedata.combining(c)).casefold().replace("'s", "")
    folded = re.sub(r"(?<=\d),(?=\d{3}\b)", "", folded)
    return " ".join(re.findall(r"\d+\.\d+|[^\W_]+|[+*/^=<>$%°]", folded))
