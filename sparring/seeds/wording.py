"""A query out of what is asked for and what is said of it: openings, frames and orders differ, the sense does not.

Every value stands beside the phrase of its argument, so that a query says which is which whatever comes first.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from sparring.seeds.deeds import Deed
from sparring.seeds.phrases import is_joint
from sparring.seeds.saying import listed

OPENINGS = ("", "", "Please ", "Could you ", "Can you ", "I'd like you to ", "I need you to ", "Would you please ",
            "Hi, please ", "Could you please ")  # fmt: skip
OPENINGS_LATER = tuple(opening for opening in OPENINGS if not opening.startswith("Hi"))
WANTS = ("I need this: {}", "Please do this for me: {}", "What I am after: {}", "Here is what I need: {}")
ASKING = ("Could", "Can", "Would")
SLOT = r"\b(?:(?:a|an|the|its|by|specific|certain|particular)\s+)+{}\b(?!\s+\w+\s+\w)"
KEPT_BEHIND = 0.4  # of the values that have a place in the deed, so many are said behind it
BEFORE = re.compile(r"^(?:is|are|has|should be|be)\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Said:
    """One value in words.

    Attributes:
        phrase: What its argument is called.
        text: The value's words.
        value: The value.
    """

    phrase: str
    text: str
    value: Any

    @property
    def is_switch(self) -> bool:
        """Whether it is a yes or no."""
        return isinstance(self.value, bool)

    @property
    def is_several(self) -> bool:
        """Whether it is a list or entries."""
        return isinstance(self.value, list | dict)


def query_of(deed: Deed, values: Sequence[Said], rng: Random) -> str:
    """A query that asks for the deed and says every value."""
    order = list(values)
    rng.shuffle(order)
    deed_text, order = _inside(deed.text, order, rng)
    frame = rng.choice((_behind, _behind, _sentences_behind, _before, _listed_behind))
    asked = _asked(deed_text, deed.verb is not None, OPENINGS_LATER if order and frame is _before else OPENINGS, rng)
    return frame(asked, order, rng) if order else _ended(asked)


def _asked(deed: str, has_verb: bool, openings: Sequence[str], rng: Random) -> str:
    """The request, without what ends it."""
    if not has_verb:
        return rng.choice(WANTS).format(deed)
    opening = rng.choice(openings)
    return f"{opening}{deed}" if opening else _capital(deed)


def _ended(asked: str) -> str:
    return f"{asked}{'?' if asked.startswith(ASKING) else '.'}"


def _behind(asked: str, values: Sequence[Said], rng: Random) -> str:
    """Get the weather, with Oslo as the city and 3 as the number of days."""
    return _ended(f"{asked}{rng.choice((', with ', ' with ', ', using '))}{listed([_as(one, rng) for one in values])}")


def _sentences_behind(asked: str, values: Sequence[Said], rng: Random) -> str:
    """Get the weather. The city is Oslo. The number of days is 3."""
    return f"{_ended(asked)} {_told(values, rng)}"


def _before(asked: str, values: Sequence[Said], rng: Random) -> str:
    """The city is Oslo and the number of days is 3. Get the weather."""
    return f"{_told(values, rng)} {_ended(_capital(asked))}"


def _listed_behind(asked: str, values: Sequence[Said], rng: Random) -> str:
    """Get the weather. Details: city: Oslo; number of days: 3."""
    facts = "; ".join(f"{one.phrase}: {one.text}" for one in values)
    head = rng.choice(("Details: ", "Here are the details: ", "For this: ", ""))
    return f"{_ended(asked)} {head}{facts if head else _capital(facts)}."


def _told(values: Sequence[Said], rng: Random) -> str:
    """The values in sentences of one or two."""
    if len(values) == 2 and rng.random() < 0.5:
        first, second = (_sentence(one, rng) for one in values)
        return f"{_capital(first)} and {second}."
    return " ".join(f"{_capital(_sentence(one, rng))}." for one in values)


def _sentence(one: Said, rng: Random) -> str:
    if one.is_switch:
        return rng.choice((f"set {_switch(one)} to {one.text}", f"{_switch(one)} should be {one.text}"))
    if is_joint(one.phrase):
        return f"{one.phrase}: {one.text}"
    if isinstance(one.value, dict):
        return f"in the {one.phrase}, {one.text}"
    if one.is_several:
        return rng.choice((f"the {one.phrase} should be {one.text}", f"for the {one.phrase}, use {one.text}"))
    return rng.choice(
        (
            f"the {one.phrase} is {one.text}",
            f"the {one.phrase} should be {one.text}",
            f"use {one.text} as the {one.phrase}",
        )
    )


def _as(one: Said, rng: Random) -> str:
    if one.is_switch:
        return f"{_switch(one)} set to {one.text}"
    if is_joint(one.phrase):
        return f"{one.phrase}: {one.text}"
    if isinstance(one.value, dict):
        return f"{one.text} in the {one.phrase}"
    if one.is_several:
        return f"the {one.phrase} {one.text}"
    return rng.choice((f"{one.text} as the {one.phrase}", f"the {one.phrase} {one.text}"))


def _switch(one: Said) -> str:
    """What is switched, in quotes where it is no noun."""
    return f'"{BEFORE.sub("", one.phrase)}"'


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _inside(deed: str, values: list[Said], rng: Random) -> tuple[str, list[Said]]:
    """The deed with one value in its own place: "in a specific timezone" is "in the timezone Oslo"."""
    for one in values:
        if one.is_switch or one.is_several or is_joint(one.phrase) or rng.random() < KEPT_BEHIND:
            continue
        found = re.findall(SLOT.format(re.escape(one.phrase)), deed, re.IGNORECASE)
        if len(found) == 1:
            by = "by " if found[0].lower().startswith("by ") else ""
            return deed.replace(found[0], f"{by}the {one.phrase} {one.text}"), [
                each for each in values if each is not one
            ]
    return deed, values
