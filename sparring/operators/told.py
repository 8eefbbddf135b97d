"""Operators that tell of the same request with other values: one that is done, somebody else's, yesterday's."""

from collections.abc import Sequence
from random import Random

from sparring.normalise import grounded, literals
from sparring.operators.base import Site
from sparring.operators.places import places
from sparring.operators.templates import Template

WITHIN = r"[^\"“”]"
MAX_TOLD = 600  # characters: nobody repeats a longer request
DONE = (
    Template('I already have the answer to "{slot}" so that one is done. What is still open is this:', WITHIN),
    Template('You have dealt with "{slot}" already, thank you. Left to do is only the following:', WITHIN),
)
THEIRS = (
    Template('A colleague of mine asked "{slot}" and was helped with it. What I need myself is this:', WITHIN),
    Template('My cousin wanted to know "{slot}" and found it out alone. My own question is this:', WITHIN),
)
PAST = (
    Template('Yesterday my question was "{slot}" and it was answered then. What I ask today is this:', WITHIN),
    Template('Last week I asked "{slot}" and all went well. This week I ask the following:', WITHIN),
)
TOLD = (*DONE, *THEIRS, *PAST)


def told_done(text: str, site: Site, rng: Random) -> str:
    """The same request with other values, as one that is done."""
    return _told(text, site, rng, DONE)


def told_theirs(text: str, site: Site, rng: Random) -> str:
    """The same request with other values, as somebody else's who has been helped."""
    return _told(text, site, rng, THEIRS)


def told_past(text: str, site: Site, rng: Random) -> str:
    """The same request with other values, as one of yesterday that was answered."""
    return _told(text, site, rng, PAST)


def _told(text: str, site: Site, rng: Random, templates: Sequence[Template]) -> str:
    """Every value that has another of its type is another one; not where there are quotation marks or lines already."""
    changed = [place for place in places(text, site) if place.others]
    if not changed or '"' in text or "“" in text or "\n" in text or len(text) > MAX_TOLD:
        return text
    other = text
    for place in reversed(changed):
        other = f"{other[: place.start]}{rng.choice(place.others)}{other[place.end :]}"
    return f"{rng.choice(templates).filled(other)} {text}" if says_others(other, site) else text


def says_others(told: str, site: Site) -> bool:
    """Whether a gold value that the seed says is not said here."""
    values = [
        [v for v in accepted if next(literals(v), None) is not None]
        for call in site.seed.gold
        for accepted in call.arguments.values()
    ]
    said = [[value for value in accepted if grounded(value, site.seed.query)] for accepted in values]
    return any(accepted and not any(grounded(value, told) for value in accepted) for accepted in said)
