"""The gate that sees a request turned in its words: an opposite, the other side of a bound, another period, more.

No argument of a tool may say any of it, so that a model which reads the rewrite calls what it called before: the gate
stays where readers judge wording.
"""

import re
from collections.abc import Iterator

from sparring.config import GateParams
from sparring.gates.facts import Facts
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
        return f"an {seed.pop()} bound became an {given.pop()} one".replace("an lower", "a lower")
    return None


def _other_period(facts: Facts) -> str | None:
    said = dict(_rates(facts.seed))
    for rate, period in _rates(facts.unframed):
        if said.get(rate, period) != period:
            return f"{' '.join(rate)} a {said[rate]} became a {period}"
    return None


def _more(facts: Facts) -> str | None:
    found = MORE.search(facts.unframed)
    return None if found is None or MORE.search(facts.seed) else f"asks {found.group().lower()!r} something else"


def _rates(text: str) -> Iterator[tuple[tuple[str, str], str]]:
    for match in RATE.finditer(text):
        yield (match["amount"], match["what"].lower()), match["period"].lower()
