"""Where a text says the seed's gold values, and what else of the same type could stand there.

Another value is typed (number, date, time, name) and never one that the gold accepts or that the text already says, so
that a sentence which mentions it leaves one reading of the request.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from sparring.normalise import dates, numbers, times
from sparring.normalise.moments import Moment, same_date
from sparring.normalise.numbers import Number
from sparring.normalise.spans import Spans
from sparring.operators.base import QUOTED, Site
from sparring.operators.kinds import others_of_its_kind

BEFORE = {"", " ", "$", "€", "£", "\n"}
AFTER = {"", " ", ".", ",", "?", "!", ";", "%", "\n"}
IN_A_ROW = (re.compile(r"\d,?\s*$|\[\s*$"), re.compile(r"^\s*,\s*\d|^\s*\]"))
SMALL, YEARS = 12, range(1900, 2100)
MAX_PLACED = 2_000  # characters: in a longer text nobody finds a value again
LAST_DAY, LAST_HOUR = 28, 11
CURRENCY = "$€£"


@dataclass(frozen=True)
class Place:
    """A gold value that a text says once, at text[start:end].

    Attributes:
        others: What of its type could stand there instead, none of it right; may be none.
    """

    start: int
    end: int
    others: tuple[str, ...]


def places(text: str, site: Site) -> list[Place]:
    """Gold values that the text says once, in its order; a longer one holds what stands within it."""
    found: list[Place] = []
    if len(text) > MAX_PLACED:
        return found
    candidates = (*_moments(text, site), *_names(text, site), *_numbers(text, site))
    for place in sorted(candidates, key=lambda place: place.start - place.end):
        if not Spans((other.start, other.end) for other in found).overlap(place.start, place.end):
            found.append(place)
    return sorted(found, key=lambda place: place.start)


def figures(site: Site) -> frozenset[Decimal]:
    """Gold values that are said as numbers: numbers by type, and strings of digits alone."""
    return site.amounts | {Decimal(value) for value in site.strings if value.isdecimal()}


def right_number(value: Decimal, percentage: bool, site: Site) -> bool:
    """Whether a number that a text says is a gold value; a percentage may be said for its share."""
    known = figures(site)
    return value in known or (percentage and value / 100 in known)


def _numbers(text: str, site: Site) -> Iterator[Place]:
    said = numbers(text)
    counts = Counter(number.value for number in said)
    quoted = Spans((match.start(), match.end()) for match in QUOTED.finditer(text))
    taken = {number.value for number in (*said, *numbers(site.seed.query))}
    for number in said:
        before, after = text[number.start - 1 : number.start] if number.start else "", text[number.end : number.end + 1]
        percentage = after == "%" or text.startswith(" percent", number.end)
        alone = before in BEFORE and after in AFTER and not re.match(r"[.,]\d", text[number.end : number.end + 2])
        row = IN_A_ROW[0].search(text[max(0, number.start - 6) : number.start]) or IN_A_ROW[1].search(
            text[number.end : number.end + 6]
        )
        if number.spelled or not alone or row or quoted.hold(number.start) or counts[number.value] > 1:
            continue
        if right_number(number.value, percentage, site) and text[number.end - 1].isdigit():
            start, end = number.start - (before in CURRENCY and before != ""), number.end + (after == "%")
            shown = (_shown(other, text[number.start : number.end]) for other in _near(number, taken, site))
            head, tail = text[start : number.start], text[number.end : end]
            yield Place(start, end, tuple(f"{head}{other}{tail}" for other in shown))


def _near(number: Number, taken: set[Decimal], site: Site) -> list[Decimal]:
    """Numbers of about the same size, with as many decimals."""
    value = number.value
    if value == int(value) and (value <= SMALL or int(value) in YEARS):
        found = [value + step for step in (1, 2, 3, 4, -1, -2, -3) if value + step > 1]
    else:
        digits = value.as_tuple()
        size = Decimal(1).scaleb(max(digits.exponent if isinstance(digits.exponent, int) else 0, value.adjusted() - 1))
        found = [value + step * size for step in (1, 2, 3, 5, -1, -2) if value + step * size > 0]
    right = figures(site)
    return [other for other in found if other not in taken and not {other, other / 100, other * 100} & right]


def _shown(value: Decimal, like: str) -> str:
    return f"{value:,f}" if "," in like else f"{value:f}"


def _moments(text: str, site: Site) -> Iterator[Place]:
    """Dates with a day and times of day that are said once; not where they can be read two ways."""
    for read in (dates, times):
        said = read(text)
        right = [moment for value in site.strings for moment in whole_moments(value) if moment in read(value)]
        stands = Counter((moment.start, moment.end) for moment in said)
        for moment in said:
            once = stands[moment.start, moment.end] == 1 and sum(_alike(moment, other) for other in said) == 1
            if once and any(_alike(moment, other) for other in right):
                shifted = _shifted(text[moment.start : moment.end], read is dates)
                known = (*right, *said)
                others = [other for other in shifted if not any(_alike(read(other)[0], one) for one in known)]
                yield Place(moment.start, moment.end, tuple(others))


def _alike(a: Moment, b: Moment) -> bool:
    """Whether two dates or two times agree; a date without a year agrees with any year's."""
    return same_date(a.value, b.value)


def _shifted(shown: str, is_date: bool) -> Iterator[str]:
    """The same spelling with another day or hour."""
    pattern = r"(?<![\d:])(?P<n>\d{1,2})(?P<th>st|nd|rd|th)?(?![\d:])" if is_date else r"^(?P<n>\d{1,2})(?P<th>)"
    found = list(re.finditer(pattern, shown))
    if not found:
        return
    chosen = found[-1]
    for step in (1, 2, 3, 7, -1, -2):
        value = int(chosen["n"]) + step
        if 1 <= value <= (LAST_DAY if is_date else LAST_HOUR):
            number = f"{value:0{len(chosen['n'])}d}" if chosen["n"].startswith("0") else str(value)
            ordinal = _ordinal(value) if chosen["th"] else ""
            other = f"{shown[: chosen.start()]}{number}{ordinal}{shown[chosen.end() :]}"
            if len(dates(other) if is_date else times(other)) == 1:
                yield other


def _ordinal(value: int) -> str:
    return "th" if value in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")


def _names(text: str, site: Site) -> Iterator[Place]:
    low = text.lower()
    for name in right_names(site):
        letter = len(name) == 1
        if letter and (not name.isupper() or name in "AI"):
            continue  # a letter is also an article, a pronoun, a point of a list
        found = list(
            re.finditer(rf"(?<!\w){re.escape(name if letter else name.lower())}(?!\w)", text if letter else low)
        )
        if len(found) == 1:
            start, end = found[0].span()
            said = (other for other in others_of(name, text[start:end], site) if other.lower() not in low)
            yield Place(start, end, tuple(said))


def right_names(site: Site) -> list[str]:
    """Gold strings that are names, longest first, and what stands before the comma of one: "Boston" of "Boston, MA"."""
    heads = {value.split(",")[0].strip() for value in site.strings if "," in value}
    return sorted({value for value in (*site.strings, *heads) if value.strip()}, key=lambda name: (-len(name), name))


def others_of(name: str, shown: str, site: Site) -> list[str]:
    """What of the same kind could stand for a gold string: another option of its enumeration, or of its kind."""
    options = site.options(name) or others_of_its_kind(shown)
    right = {value.lower() for value in right_names(site)}
    return [
        option for option in options if not any(option.lower() in value or value in option.lower() for value in right)
    ]


def whole_moments(value: str) -> list[Moment]:
    """Dates and times that are all of a value: the one inside a longer text is part of its wording."""
    said = (*dates(value), *times(value))
    return [moment for moment in said if not value[: moment.start].strip() and not value[moment.end :].strip()]


def moments_at(text: str) -> dict[int, list[Moment]]:
    """Dates and times by where they begin."""
    found: dict[int, list[Moment]] = {}
    for moment in (*dates(text), *times(text)):
        found.setdefault(moment.start, []).append(moment)
    return found
