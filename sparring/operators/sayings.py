"""The operator that says values as people say them: a dozen, half a million, a quarter past nine, the first of May."""

import re
from collections import Counter
from decimal import Decimal
from random import Random

from sparring.normalise import dates, times
from sparring.normalise.moments import Moment
from sparring.normalise.spans import Spans
from sparring.normalise.spoken import say, say_date, say_time, written
from sparring.operators.base import QUOTED, Site
from sparring.operators.places import whole_moments
from sparring.operators.values import respelled

MONEY = re.compile(r"\$(?P<amount>\d{1,3}(?:,\d{3})+|\d+)(?![\w.,%]*\d)(?!\s*(?:thousand|million|billion|k\b|-))")
NUMBERED = "number page room year level version chapter size top first last next".split()
AFTER_ARTICLE = re.compile(
    rf"\b(?:an?|the|my|your|this|that|each|every|{'|'.join(NUMBERED)})\s+(?:a|half a) ", re.IGNORECASE
)
COUNTS_NOTHING = re.compile(r"\b(?:dozen|a hundred)\b(?!\s+[a-z]{3,}s\b)", re.IGNORECASE)


def spoken(text: str, site: Site, rng: Random) -> str:
    """Amounts, dates and times of the gold as they are said; only where the figures can be read back."""
    said = _said_moments(text, site)
    for change in (_money, lambda text, site: respelled(text, site, say)):
        other = change(said, site)
        if not AFTER_ARTICLE.search(other) and not COUNTS_NOTHING.search(other):
            said = other
    return said


def _money(text: str, site: Site) -> str:
    def dollars(match: re.Match[str]) -> str:
        value = Decimal(match["amount"].replace(",", ""))
        form = say(value) if value in site.amounts and value > 1 else None
        return match.group() if form is None or "dozen" in form else f"{form} dollars"

    return MONEY.sub(dollars, text)


def _said_moments(text: str, site: Site) -> str:
    """Dates and times of day that are gold values, outside quotations; not where they can be read two ways."""
    quoted = Spans((match.start(), match.end()) for match in QUOTED.finditer(text))
    for read, form_of in ((dates, _date), (times, _time)):
        right = {moment.value for value in site.strings for moment in whole_moments(value)}
        said = read(text)
        stands = Counter(moment.start for moment in said)
        for moment in reversed(said):
            glued = text[moment.end : moment.end + 1] in {"-", "/", ":"} or quoted.hold(moment.start)
            form = form_of(moment) if moment.value in right and stands[moment.start] == 1 and not glued else None
            if form is not None and _same(text[moment.start : moment.end], form):
                text = text[: moment.start] + form + text[moment.end :]
    return text


def _date(moment: Moment) -> str:
    year, month, day = moment.value
    return f"{say_date(month, day)} {year}" if year is not None else say_date(month, day)


def _time(moment: Moment) -> str | None:
    hour, minute, second = moment.value
    return say_time(hour or 0, minute) if second == 0 else None


def _same(figure: str, form: str) -> bool:
    """Whether the form reads back to the very moment."""
    read = written(form)
    return [m.value for m in (*dates(figure), *times(figure))] == [m.value for m in (*dates(read), *times(read))]
