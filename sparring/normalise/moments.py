"""Dates and times of day in a text, with their places."""

import re
from dataclasses import dataclass

MONTHS = """january february march april may june july august september october november december""".split()
_MONTH = "|".join([*MONTHS, *(f"{name[:3]}\\.?" for name in MONTHS), "sept\\.?"])
ISO = re.compile(r"\b(?P<y>\d{4})[-/](?P<m>\d{1,2})[-/](?P<d>\d{1,2})(?!\d)")
SLASHED = re.compile(r"\b(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<y>\d{4})(?!\d)")
DAY_FIRST = re.compile(
    rf"\b(?:the\s+)?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<m>{_MONTH})(?:,?\s+(?P<y>\d{{4}}))?(?!\w)",
    re.IGNORECASE,
)
MONTH_FIRST = re.compile(
    rf"\b(?P<m>{_MONTH})\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<y>\d{{4}}))?(?![\w:])", re.IGNORECASE
)
CLOCK = re.compile(
    r"\b(?P<h>\d{1,2})(?::(?P<min>\d{2}))?(?::(?P<s>\d{2}))?\s*(?P<half>[ap]\.?m\.?)?(?!\w)", re.IGNORECASE
)


@dataclass(frozen=True)
class Moment:
    """A date (year or None, month, day) or a time (hour, minute, second) at text[start:end]."""

    value: tuple[int | None, int, int]
    start: int
    end: int


def dates(text: str) -> list[Moment]:
    """Dates in the order of the text. "03/04/2023" is read both ways round where both exist."""
    found = []
    for match in ISO.finditer(text):
        found += _date(match, int(match["y"]), int(match["m"]), int(match["d"]))
    for match in SLASHED.finditer(text):
        found += _date(match, int(match["y"]), int(match["a"]), int(match["b"]))
        found += _date(match, int(match["y"]), int(match["b"]), int(match["a"]))
    for pattern in (DAY_FIRST, MONTH_FIRST):
        for match in pattern.finditer(text):
            month = next(i for i, name in enumerate(MONTHS, 1) if name.startswith(match["m"].lower()[:3]))
            found += _date(match, int(match["y"]) if match["y"] else None, month, int(match["d"]))
    return sorted(set(found), key=lambda moment: (moment.start, moment.end, moment.value[1:]))


def _date(match: re.Match[str], year: int | None, month: int, day: int) -> list[Moment]:
    valid = 1 <= month <= 12 and 1 <= day <= 31
    return [Moment((year, month, day), match.start(), match.end())] if valid else []


def times(text: str) -> list[Moment]:
    """Times of day, in the order of the text: "3 PM", "15:00", "3:30 p.m."; a bare number is none."""
    found = []
    for match in CLOCK.finditer(text):
        if not match["min"] and not match["half"]:
            continue
        hour, minute, second = int(match["h"]), int(match["min"] or 0), int(match["s"] or 0)
        if match["half"]:
            hour = hour % 12 + (12 if match["half"].lower().startswith("p") else 0)
        if hour < 24 and minute < 60 and second < 60:
            found.append(Moment((hour, minute, second), match.start(), match.end()))
    return found


def same_date(a: tuple[int | None, int, int], b: tuple[int | None, int, int]) -> bool:
    """Whether two dates agree; a missing year agrees with any."""
    return a[1:] == b[1:] and (a[0] is None or b[0] is None or a[0] == b[0])
