"""Operators that spell values in another way: what the gold holds as a number, and what plainly is a date or unit."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from random import Random

from sparring.normalise import dates, numbers, times
from sparring.normalise.moments import ISO
from sparring.normalise.number_words import LIMIT, spell
from sparring.normalise.spans import Spans
from sparring.operators.base import QUOTED, Site

SPELLED_UNITS = {
    "km": "kilometers",
    "kg": "kilograms",
    "cm": "centimeters",
    "mm": "millimeters",
    "mph": "miles per hour",
    "lbs": "pounds",
}
SHORT_UNITS = {long: short for short, long in SPELLED_UNITS.items()} | {"hours": "hrs", "minutes": "mins"}
YEARS = frozenset(range(1000, 2200))


def number_words(text: str, site: Site, rng: Random) -> str:
    """Whole numbers in words, but 1: "one" may mean anything."""
    return respelled(text, site, lambda value: spell(int(value)) if value == int(value) and value != 1 else None)


def digits(text: str, site: Site, rng: Random) -> str:
    """Number words in digits."""
    for number in sorted(numbers(text), key=lambda number: -number.start):
        alone = text[number.start : number.end].lower() == spell(int(number.value)).lower() if number.spelled else False
        if alone and number.value in site.amounts:
            text = f"{text[: number.start]}{number.value}{text[number.end :]}"
    return text


def thousands(text: str, site: Site, rng: Random) -> str:
    """Separators of thousands put in, or taken out where there are some; not in what may be a year: none is "1,861"."""
    if re.search(r"\d,\d{3}", text):
        return respelled(text, site, lambda value: f"{value:f}" if value >= 1000 else None)
    return respelled(text, site, lambda value: f"{value:,f}" if value >= 1000 and value not in YEARS else None)


def written_date(text: str, site: Site, rng: Random) -> str:
    """ISO dates written out: "2023-10-01" as "October 1, 2023"."""

    def written(match: re.Match[str]) -> str:
        try:
            day = date(int(match["y"]), int(match["m"]), int(match["d"]))
        except ValueError:
            return match.group()
        return f"{day:%B} {day.day}, {day.year}"

    return ISO.sub(written, text)


def units(text: str, site: Site, rng: Random) -> str:
    """Units after numbers written out, or shortened; not where the unit itself is a gold value."""
    known = SPELLED_UNITS if rng.random() < 0.5 else SHORT_UNITS
    named = {value.lower() for value in site.strings}

    def other(match: re.Match[str]) -> str:
        unit = match["unit"]
        return match.group() if unit.lower() in named else f"{match['number']} {known[unit.lower()]}"

    pattern = re.compile(rf"(?P<number>\d)\s*(?P<unit>{'|'.join(known)})\b", re.IGNORECASE)
    return pattern.sub(other, text)


def percent(text: str, site: Site, rng: Random) -> str:
    """ "5%" as "5 percent" and back."""
    if "%" in text:
        return re.sub(r"(?<=\d)\s*%", " percent", text)
    return re.sub(r"(?<=\d) percent\b", "%", text)


def respelled(text: str, site: Site, spelling: Callable[[Decimal], str | None]) -> str:
    """Numbers that the gold holds as numbers, in another spelling; not inside quotations, dates, times or odd words."""
    quoted = [(match.start(), match.end()) for match in QUOTED.finditer(text)]
    taken = Spans(quoted + [(place.start, place.end) for place in (*dates(text), *times(text))])
    for number in sorted(numbers(text), key=lambda number: -number.start):
        before, after = text[max(0, number.start - 1) : number.start], text[number.end : number.end + 1]
        alone = before in {"", " ", "(", "["} and after in {"", " ", ".", ",", "?", "!", ")", "]", ";"}
        inside = taken.overlap(number.start, number.end)
        if number.spelled or inside or not alone or number.value not in site.amounts or not 0 <= number.value < LIMIT:
            continue
        if re.match(r"[.,]\d", text[number.end : number.end + 2]) or not text[number.end - 1].isdigit():
            continue
        new = spelling(Decimal(number.value))
        if new is not None:
            text = text[: number.start] + new + text[number.end :]
    return text
