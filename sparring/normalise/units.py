"""Units of measure and currencies: every spelling of one unit has one name."""

import re

SPELLINGS: dict[str, tuple[str, ...]] = {
    "metre": ("m", "meter", "meters", "metre", "metres"),
    "kilometre": ("km", "kms", "kilometer", "kilometers", "kilometre", "kilometres"),
    "centimetre": ("cm", "centimeter", "centimeters", "centimetre", "centimetres"),
    "millimetre": ("mm", "millimeter", "millimeters", "millimetre", "millimetres"),
    "mile": ("mi", "mile", "miles"),
    "foot": ("ft", "foot", "feet"),
    "inch": ("inch", "inches"),
    "yard": ("yd", "yard", "yards"),
    "gram": ("g", "gram", "grams"),
    "kilogram": ("kg", "kgs", "kilo", "kilos", "kilogram", "kilograms"),
    "milligram": ("mg", "milligram", "milligrams"),
    "pound": ("lb", "lbs", "pound", "pounds"),
    "ounce": ("oz", "ounce", "ounces"),
    "litre": ("l", "liter", "liters", "litre", "litres"),
    "millilitre": ("ml", "milliliter", "milliliters", "millilitre", "millilitres"),
    "second": ("s", "sec", "secs", "second", "seconds"),
    "minute": ("min", "mins", "minute", "minutes"),
    "hour": ("h", "hr", "hrs", "hour", "hours"),
    "day": ("day", "days"),
    "week": ("week", "weeks"),
    "month": ("month", "months"),
    "year": ("year", "years", "yr", "yrs"),
    "celsius": ("°c", "celsius", "centigrade"),
    "fahrenheit": ("°f", "fahrenheit"),
    "kelvin": ("kelvin", "kelvins"),
    "percent": ("%", "percent", "per cent", "percentage"),
    "dollar": ("$", "usd", "dollar", "dollars", "bucks"),
    "euro": ("€", "eur", "euro", "euros"),
    "pound_sterling": ("£", "gbp"),
    "yen": ("¥", "jpy", "yen"),
    "volt": ("v", "volt", "volts"),
    "watt": ("w", "watt", "watts"),
    "newton": ("n", "newton", "newtons"),
    "joule": ("j", "joule", "joules"),
    "kilometre per hour": ("km/h", "kph", "kmh"),
    "mile per hour": ("mph",),
    "metre per second": ("m/s",),
}
UNIT: dict[str, str] = {spelling: unit for unit, spellings in SPELLINGS.items() for spelling in spellings}
CURRENCIES = tuple("$€£¥")  # signs before a number
MIN_LETTERS = 2
_AFTER = re.compile(r"\s*-?\s*(°[cf]|%|per cent|[a-z]+(?:/[a-z]+)?)", re.IGNORECASE)
_SIGNS = "".join(CURRENCIES)
_SECOND_OF = r"\b(?:the|this|that|my|your|his|her|our|their)\s+second\b"  # of several, no unit
_WORDS = re.compile(rf"{_SECOND_OF}|°[cf]\b|[%{_SIGNS}]|per cent\b|[a-z]+(?:/[a-z]+)?", re.IGNORECASE)


def unit_of(text: str, start: int, end: int) -> str | None:
    """The unit of the number at text[start:end]: a currency sign before it, or a unit's spelling after it."""
    if start > 0 and text[start - 1] in UNIT:
        return UNIT[text[start - 1]]
    after = _AFTER.match(text, end)
    return UNIT.get(after.group(1).lower()) if after else None


def units(text: str) -> set[str]:
    """Units that a text names anywhere; single letters only count beside a number, so not here."""
    return {
        UNIT[word]
        for word in (found.lower() for found in _WORDS.findall(text))
        if word in UNIT and (len(word) >= MIN_LETTERS or not word.isalpha())
    }
