"""The gate that sees a request turned in its words: an opposite, the other side of a bound, another period, more.

No argument of a tool may say any of it, so that a model which reads the rewrite calls what it called before: the gate
stays where readers judge wording.
"""

import re
from collections import defaultdict

from sparring.config import GateParams
from sparring.gates.facts import Facts
from sparring.gates.rules import new_match
from sparring.gates.words import CONTRASTS, words

BOUND = re.compile(
    r"\b(?:(?P<upper>(?:no|not) more than|at most|up to|(?:less|fewer) than|within|under|below)|"
    r"(?P<lower>(?:no|not) (?:less|fewer) than|at least|(?:more|greater) than|above|beyond|outside))\b",
    re.IGNORECASE,
)
RATE = re.compile(
    r"(?P<amount>\d[\d.,]*)\s+(?P<what>[a-z]+)\s+(?:an?|per|every|each)\s+(?P<period>hour|day|night|week|month|year)\b",
    re.IGNORECASE,
)
MORE = re.compile(r"\b(?:the same|and same|same (?:thing|again)|likewise|ditto) (?:for|with|in|about|on)\b", re.I)


def turned(facts: Facts, params: GateParams) -> str | None:
    """An opposite of the seed's word, a bound from the other side, an amount for another period, the same of more."""
    return _opposite(facts) or _other_side(facts) or _other_period(facts) or _more(facts)


def _opposite(facts: Facts) -> str | None:
    seed, given = set(words(facts.seed)), set(words(facts.unframed))
    for pair in CONTRASTS:
        for lost, new in (pair, pair[::-1]):
            if lost in seed and new not in seed and new in given and lost not in given:
                return f"{lost!r} became {new!r}"
    return None


def _other_side(facts: Facts) -> str | None:
    seed, given = ({match.lastgroup for match in BOUND.finditer(text)} for text in (facts.seed, facts.unframed))
    if len(seed) == len(given) == 1 and seed != given:
        return f"a bound from the other side: {given.pop()}, not {seed.pop()}"
    return None


def _other_period(facts: Facts) -> str | None:
    said = _periods(facts.seed)
    for rate, periods in _periods(facts.unframed).items():
        if rate in said and not periods <= said[rate]:
            return f"{' '.join(rate)} a {min(said[rate])} became a {min(periods - said[rate])}"
    return None


def _periods(text: str) -> dict[tuple[str, str], set[str]]:
    """For which periods each amount of something is said: "20 miles a day" and "20 miles a week" are two of one."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for match in RATE.finditer(text):
        found[match["amount"], match["what"].lower()].add(match["period"].lower())
    return dict(found)


def _more(facts: Facts) -> str | None:
    found = new_match(MORE, facts)
    return None if found is None else f"asks for more: {found}"
