"""The operator that says values as people say them: a dozen, half a million, a quarter past nine, the first of May."""

import re
from decimal import Decimal
from random import Random

from sparring.normalise import dates, times
from sparring.normalise.spans import Spans
from sparring.normalise.spoken import say, say_date, say_time, written
from sparring.operators.base import QUOTED, Site
from sparring.operators.values import respelled

MONEY = re.compile(r"\$(?P<amount>\d{1,3}(?:,\d{3})+|\d+)(?![\w.,%]*\d)(?!\s*(?:thousand|million|billion|k\b|-))")
AFTER_ARTICLE = re.compile(
    r"\b(?:an?|the|my|your|this|that|each|every|top|first|last|next|number|page|room|year|level|version|chapter|size)\s+(?:a|half a) ",
    re.IGNORECASE,
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
    """Dates with a year and times of day that are gold values, outside quotations."""
    quoted = Spans((match.start(), match.end()) for match in QUOTED.finditer(text))
    right = {m.value for value in site.strings for m in (*dates(value), *times(value))}
    found: dict[int, tuple[int, str]] = {}
    for read in (dates, times):
        for moment in read(text):
            if (
                moment.value not in right
                or quoted.hold(moment.start)
                or text[moment.end : moment.end + 1] in {"-", "/", ":"}
            ):
                continue
            first, second, third = moment.value
            form = say_time(first or 0, second) if read is times and third == 0 else None
            if read is dates:
                form = f"{say_date(second, third)} {first}" if first is not None else say_date(second, third)
            place = found.get(moment.start)
            if form is not None and place is None:
                found[moment.start] = (moment.end, form)
            elif place is not None:
                found[moment.start] = (moment.start, "")  # two readings: left as it is
    for start in sorted(found, reverse=True):
        end, form = found[start]
        if form and _same(text[start:end], form):
            text = text[:start] + form + text[end:]
    return text


def _same(figure: str, form: str) -> bool:
    """Whether the form reads back to the very moment."""
    read = written(form)
    return [m.value for m in (*dates(figure), *times(figure))] == [m.value for m in (*dates(read), *times(read))]
