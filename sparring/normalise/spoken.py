"""Values as people say them, both ways: "a dozen", "half a million", "a quarter past nine", "the first of May".

`written` puts figures in their place, so that whoever reads numbers, dates and times afterwards finds them; `say` and
`say_time` and `say_date` go the other way and say nothing that `written` would not read back.
"""

import re
from decimal import Decimal

from sparring.normalise.moments import MONTHS
from sparring.normalise.number_words import SCALES, WORDS, read, spell
from sparring.short_cache import keeps_short

DOZEN, HALF_DOZEN, HUNDRED, THOUSAND = 12, 6, 100, 1000
MAX_DOZENS, LAST_DAY, NOON = 4, 31, 12
_SMALL = "|".join(sorted((spell(value) for value in range(1, 100)), key=len, reverse=True))
_HOUR = "|".join(spell(hour) for hour in range(1, 13))
_PART = r"(?:\s+(?P<part>in\s+the\s+morning|in\s+the\s+afternoon|in\s+the\s+evening|at\s+night))?"
ORDINALS = """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth
    fifteenth sixteenth seventeenth eighteenth nineteenth twentieth""".split()
ORDINALS += [f"twenty-{word}" for word in ORDINALS[:9]] + ["thirtieth", "thirty-first"]
DAY = re.compile(
    rf"\bthe\s+(?P<day>{'|'.join(sorted(ORDINALS, key=len, reverse=True))})\s+of\s+(?P<month>{'|'.join(MONTHS)})\b",
    re.IGNORECASE,
)
QUARTERS = re.compile(
    rf"\b(?:(?P<how>half|(?:a\s+)?quarter)\s+(?P<way>past|to)\s+)(?P<hour>{_HOUR})\b{_PART}", re.IGNORECASE
)
TWELVE = re.compile(r"\b(?:(?:12(?::00)?|twelve)\s+)?(?P<when>noon|midday|midnight)\b", re.IGNORECASE)
FULL = re.compile(rf"\b(?P<hour>{_HOUR})\s+o['’]clock\b{_PART}", re.IGNORECASE)
DOZENS = re.compile(rf"\b(?P<many>half\s+a|a|{_SMALL})\s+dozen\b", re.IGNORECASE)
HALF_SCALE = re.compile(rf"\bhalf\s+a\s+(?P<scale>hundred|{'|'.join(SCALES)})\b", re.IGNORECASE)
AND_A_HALF = re.compile(
    rf"\b(?P<many>{_SMALL})\s+and\s+a\s+half(?:\s+(?P<scale>{'|'.join(SCALES)})\b)?(?!\s+dozen)\b", re.IGNORECASE
)
HUNDREDS = re.compile(
    rf"\b(?P<many>{'|'.join(spell(value) for value in range(99, 10, -1))})\s+hundred\b", re.IGNORECASE
)
ONE_SCALE = re.compile(rf"\ba\s+(?P<scale>hundred|{'|'.join(SCALES)})\b(?!\s+and\b|\s+(?:{_SMALL})\b)", re.IGNORECASE)
FOLD = re.compile(rf"\b(?P<many>{_SMALL}|\d+)[\s-]?fold\b", re.IGNORECASE)
_DIGIT = "zero|nought|oh|one|two|three|four|five|six|seven|eight|nine"
DECIMAL = re.compile(
    rf"\b(?P<whole>nought|zero|{_SMALL})\s+point\s+(?P<digits>(?:{_DIGIT})(?:[\s-]+(?:{_DIGIT}))*)\b", re.IGNORECASE
)
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
YEAR = re.compile(
    rf"\b(?P<century>eighteen|nineteen|twenty)[\s-](?P<rest>{_TEENS}|(?:{_TENS})(?:[\s-](?:one|two|three|four|five|six|"
    rf"seven|eight|nine))?)\b(?!\s*-|\s+(?:hundred|per|{'|'.join(SCALES)}))",
    re.IGNORECASE,
)
TRIGGER = re.compile(
    rf"\b(?:dozen|half|quarter|hundred|o['’]clock|{'|'.join(SCALES)}|of|point|eighteen|nineteen|twenty|noon|midday|"
    r"midnight)\b|fold\b",
    re.IGNORECASE,
)
_SCALES = SCALES | {"hundred": HUNDRED}
DIGITS = {"nought": 0, "oh": 0}
_VALUES = {spell(value): value for value in range(1, 100)}


@keeps_short(maxsize=4096)
def written(text: str) -> str:
    """The text with figures for values that are said in words of their own."""
    if not TRIGGER.search(text):
        return text
    text = DECIMAL.sub(_decimal, text)
    text = YEAR.sub(lambda match: str(_VALUES[match["century"].lower()] * HUNDRED + read(match["rest"])[0]), text)
    text = DAY.sub(lambda match: f"{_day(match['day'])} {match['month']}", text)
    text = QUARTERS.sub(_quarter, text)
    text = TWELVE.sub(lambda match: "12:00 AM" if match["when"].lower() == "midnight" else "12:00 PM", text)
    text = FOLD.sub(lambda match: f"{_VALUES.get(match['many'].lower(), match['many'])} times", text)
    text = FULL.sub(lambda match: _clock(WORDS[match["hour"].lower()], 0, match["part"]), text)
    text = HALF_SCALE.sub(lambda match: str(_SCALES[match["scale"].lower()] // 2), text)
    text = DOZENS.sub(lambda match: str(_dozens(match["many"])), text)
    text = AND_A_HALF.sub(_and_a_half, text)
    text = HUNDREDS.sub(lambda match: str(_VALUES[match["many"].lower()] * HUNDRED), text)
    return ONE_SCALE.sub(lambda match: str(_SCALES[match["scale"].lower()]), text)


def _decimal(match: re.Match[str]) -> str:
    whole = match["whole"].lower()
    digits = [DIGITS.get(word, WORDS.get(word)) for word in re.findall(r"[a-z]+", match["digits"].lower())]
    return f"{DIGITS.get(whole, _VALUES.get(whole, 0))}.{''.join(map(str, digits))}"


def _day(word: str) -> int:
    return ORDINALS.index(word.lower()) + 1


def _quarter(match: re.Match[str]) -> str:
    half, to = match["how"].lower() == "half", match["way"].lower() == "to"
    if half and to:
        return match.group()
    hour = WORDS[match["hour"].lower()]
    return _clock((hour - 2) % NOON + 1 if to else hour, 30 if half else 45 if to else 15, match["part"])


def _clock(hour: int, minute: int, part: str | None) -> str:
    half = "" if part is None else " AM" if part.lower().endswith("morning") else " PM"
    return f"{hour}:{minute:02d}{half}"


def _dozens(many: str) -> int:
    word = " ".join(many.lower().split())
    return HALF_DOZEN if word == "half a" else DOZEN * (1 if word == "a" else _VALUES[word])


def _and_a_half(match: re.Match[str]) -> str:
    value = _VALUES[match["many"].lower()] + Decimal("0.5")
    return f"{value * _SCALES[match['scale'].lower()]:.0f}" if match["scale"] else str(value)


def say(value: Decimal) -> str | None:
    """A number as people say it, or None where they say it like anybody who reads it out."""
    if value % 1 == Decimal("0.5") and 1 < value < HUNDRED:
        return f"{spell(int(value))} and a half"
    if value != int(value):
        return None
    number = int(value)
    for name, scale in sorted(_SCALES.items(), key=lambda item: -item[1]):
        if number == scale:
            return f"a {name}"
        if number * 2 == scale and scale > HUNDRED:
            return f"half a {name}"
        if scale > THOUSAND and number % scale == scale // 2 and number < HUNDRED * scale and number > scale:
            return f"{spell(number // scale)} and a half {name}"
    if number == HALF_DOZEN:
        return "half a dozen"
    if number % DOZEN == 0 and 0 < number <= DOZEN * MAX_DOZENS:
        return "a dozen" if number == DOZEN else f"{spell(number // DOZEN)} dozen"
    hundreds = number % HUNDRED == 0 and number % THOUSAND != 0 and THOUSAND < number < 10 * THOUSAND
    return f"{spell(number // HUNDRED)} hundred" if hundreds else None


def say_time(hour: int, minute: int) -> str | None:
    """A time of day on the hour, the half or a quarter, with the part of the day."""
    if minute not in (0, 15, 30, 45) or hour in {0, NOON} or (minute == 45 and hour in (NOON - 1, 23)):
        return None
    part = "in the morning" if hour < NOON else "in the afternoon" if hour < 18 else "in the evening"
    said = hour % NOON
    if minute == 0:
        return f"{spell(said)} o'clock {part}"
    how = {15: "a quarter past", 30: "half past", 45: "a quarter to"}[minute]
    return f"{how} {spell(said % NOON + 1 if minute == 45 else said)} {part}"


def say_date(month: int, day: int) -> str:
    """A day of the year: "the first of May"."""
    return f"the {ORDINALS[day - 1]} of {MONTHS[month - 1].capitalize()}"
