"""The operator that says a wrong value and corrects it: "for 8, no, 10"."""

import re
from random import Random

from sparring.normalise.numbers import numbers
from sparring.normalise.spans import Spans
from sparring.operators.base import QUOTED, Site
from sparring.operators.places import CURRENCY, figures, moments_at, others_of, places, right_names, right_number

MARKS = (", no, ", ", sorry, I mean ", ", no wait, ", ", or rather ", ", sorry, make that ")
MARK = re.compile(
    "|".join(r"\s+".join(map(re.escape, mark.split())) + r"\s+" for mark in sorted(MARKS, key=len, reverse=True)),
    re.IGNORECASE,
)


def corrected(text: str, site: Site, rng: Random) -> str:
    """A value that is said wrongly first and corrected on the way; the last word is the seed's."""
    quoted = Spans((match.start(), match.end()) for match in QUOTED.finditer(text))
    free = [place for place in places(text, site) if place.others and not quoted.hold(place.start)]
    if not free or MARK.search(text):
        return text
    place = rng.choice(free)
    return f"{text[: place.start]}{rng.choice(place.others)}{rng.choice(MARKS)}{text[place.start :]}"


def without_corrections(text: str, site: Site) -> str:
    """The text as if the right value had been said at once; a correction to any other value stays."""
    for mark in reversed(list(MARK.finditer(text))):
        found = (_wrong_moment(text, mark), _wrong_number(text, mark, site), _wrong_name(text, mark, site))
        begins = next((place for place in found if place is not None), None)
        if begins is not None:
            text = text[:begins] + text[mark.end() :]
    return text


def _wrong_number(text: str, mark: re.Match[str], site: Site) -> int | None:
    """Where the wrong number before a correction begins; None where the number after it is no gold value."""
    head, tail = text[max(0, mark.start() - 40) : mark.start()], text[mark.end() : mark.end() + 60]
    sign, percentage = tail[:1] if tail[:1] in CURRENCY else "", head.endswith("%")
    right = [number for number in numbers(tail) if number.start == len(sign)]
    wrong = [number for number in numbers(head) if number.end == len(head) - percentage]
    if not right or not wrong or not right_number(right[0].value, percentage or "percent" in tail[:20], site):
        return None
    if wrong[0].value in figures(site) or (sign and head[: wrong[0].start][-1:] != sign):
        return None
    return mark.start() - len(head) + wrong[0].start - len(sign)


def _wrong_moment(text: str, mark: re.Match[str]) -> int | None:
    """The same of a date or time: which one is right the gates see, that there is one suffices here."""
    begin = max(0, mark.start() - 40)
    right = moments_at(text[mark.end() : mark.end() + 40]).get(0)
    wrong = [
        m for found in moments_at(text[begin : mark.start()]).values() for m in found if m.end == mark.start() - begin
    ]
    return begin + min(moment.start for moment in wrong) if right and wrong else None


def _wrong_name(text: str, mark: re.Match[str], site: Site) -> int | None:
    """The same of a name: a gold value after the correction, before it another of its kind."""
    head, tail = text[: mark.start()].lower(), text[mark.end() :].lower()
    for name in right_names(site):
        if re.match(rf"{re.escape(name.lower())}(?!\w)", tail):
            for other in sorted(
                others_of(name, text[mark.end() : mark.end() + len(name)], site), key=len, reverse=True
            ):
                if re.search(rf"(?<!\w){re.escape(other.lower())}$", head):
                    return mark.start() - len(other)
    return None
