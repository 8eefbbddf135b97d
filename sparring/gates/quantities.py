"""The gate of numbers: those of the request stay, with their units, dates and times, and none is new.

A number beside the request is free, unless it is the seed's own: people say one in a sentence of its own, a unit once
for several, and a year in two words. The one surprise: a number that the seed alone counts by is free as well.
"""

import re
from collections import Counter
from decimal import Decimal

from sparring.config import GateParams
from sparring.gates.facts import Facts
from sparring.gates.rules import gold_values
from sparring.normalise import dates, numbers, times, unit_of
from sparring.normalise.spans import Spans
from sparring.normalise.units import units

TELLING = 100  # a number from here on is hardly another thing's by chance
MAX_COUNT = 3
JOINED_DATE = re.compile(r"(?<=[a-z])\.(?=\d)")  # "March.11, 2022"
BARE = re.compile(r"\s*(?:[,;:.!?)]|$|(?:and|or|of|for|in|to|on|at)\b)")
Amounts = Counter[tuple[Decimal, str | None]]


def quantities(facts: Facts, params: GateParams) -> str | None:
    """Other numbers, units, dates or times than the seed's, counted with their repetitions; asides are free."""
    seed, request = (JOINED_DATE.sub(" ", text) for text in (facts.seed, facts.request))
    was = _amounts(seed)
    asked = " ".join([facts.core, *(aside for aside in facts.asides if _takes_up(aside, was))])
    now, free = _said(asked, was), _counted(facts)
    if lost := was - Counter({key: max(count, was[key]) for key, count in now.items()}) - free:
        return f"lost {_shown(lost)}"
    if new := Counter({key: 1 for key in now if key not in was}):
        return f"new {_shown(new)}"
    if lost := was - _said(request, was) - free:
        return f"lost {_shown(lost)}"
    for read in (dates, times):
        before = {moment.value for moment in read(seed)}
        after = {moment.value for moment in read(request)}
        if before != after:
            return "another date or time"
    added = units(facts.core) - units(facts.seed) - {unit for _, unit in was}
    return f"new unit {sorted(added)[0]}" if added else None


def _takes_up(sentence: str, was: Amounts) -> bool:
    """Whether a sentence that shares no word with the seed says an amount of it: with its unit, or a telling number."""
    return any(key in was and (key[1] or key[0] >= TELLING or key[0] % 1) for key in _amounts(sentence))


def _said(text: str, was: Amounts) -> Amounts:
    """Its amounts, with the seed's unit where that is said once for several: "two million dollars and ten million"."""
    found = _amounts(text)
    bare = {number.value for number in numbers(text) if BARE.match(text, number.end)}
    for value, unit in was:
        meant = unit is not None and value in bare and (value, None) not in was
        told = any(one == unit and other != value and (other, one) in was for other, one in found)
        if meant and told and (value, None) in found and (value, unit) not in found:
            found[value, unit] = found.pop((value, None))
    return found


def _counted(facts: Facts) -> Amounts:
    """Small numbers that the seed says in words and no gold value is: "two cities, Rome and Oslo"."""
    if not facts.example.gold:
        return Counter()
    known = {number.value for number in numbers(" ".join(str(value) for value in gold_values(facts.example)))}
    found: Amounts = Counter()
    for number in numbers(facts.example.query):
        said = facts.example.query[number.start : number.end]
        if said.isalpha() and number.value <= MAX_COUNT and number.value not in known:
            found[number.value, None] += 1
    return found


def _amounts(text: str) -> Amounts:
    """Numbers with their units; a percentage is its share."""
    found: Amounts = Counter()
    busy = Spans((moment.start, moment.end) for moment in (*dates(text), *times(text)))
    for number in numbers(text):
        if busy.hold(number.start):
            continue
        unit = unit_of(text, number.start, number.end)
        found[(number.value / 100, None) if unit == "percent" else (number.value, unit)] += 1
    return found


def _shown(amounts: Amounts) -> str:
    value, unit = min(amounts, key=str)
    return f"{value} {unit or ''}".strip()
