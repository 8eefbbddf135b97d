"""Operators that say the request in pieces: values as a list, one first and then "that one", a clause on its own."""

import re
from random import Random

from sparring.normalise.spans import Spans
from sparring.operators.base import Site
from sparring.operators.places import Place, places
from sparring.operators.templates import Template

LETTERS = "abcdefgh"
LIST = re.compile(r"The values are:\n(?P<lines>(?:\([a-h]\) [^\n]{1,200}\n){2,8})")
LINE = re.compile(r"\((?P<letter>[a-h])\) (?P<value>[^\n]+)\n")
FIRST = (Template("I have {slot} in mind."), Template("Say it is {slot}."), Template("My pick is {slot}."))
THAT_ONE = re.compile(r"\bthat one\b", re.IGNORECASE)
CLAUSES = "with for in on at using from given between over under".split()
AFTER_NAME = frozenset([*CLAUSES, "and", "or", "to", "by", "that"])
BEFORE_NAME = frozenset([*CLAUSES, *"of near to by about is was are than and around against versus".split()])
CUT = re.compile(rf"(?<=[a-z]) (?=(?:{'|'.join(CLAUSES)}) )")
JOINS = ("I mean it", "I mean that one")
JOIN = re.compile(rf"[.?!,]*\s+(?:{'|'.join(map(re.escape, JOINS))})\s+(?={'|'.join(CLAUSES)})", re.IGNORECASE)
LEANING = frozenset(  # "look for" is no main clause with a clause behind it
    """look looking search searching ask asking wait waiting account stand depend based depends interested compare
    comparing is are was were be been say go going come coming available invest invested located made and or of to by
    the a an as than respect it me one that which who up out get""".split()
)
MIN_MAIN = 3


def listed(text: str, site: Site, rng: Random) -> str:
    """Two values or more as a list of letters, which the request then uses."""
    found = _whole(text, site)[: len(LETTERS)]
    if len(found) < 2 or "(a)" in text or "\n" in text:
        return text
    lines = "".join(
        f"({letter}) {text[place.start : place.end]}\n" for letter, place in zip(LETTERS, found, strict=False)
    )
    for letter, place in reversed(list(zip(LETTERS, found, strict=False))):
        text = f"{text[: place.start]}({letter}){text[place.end :]}"
    return f"The values are:\n{lines}{text}"


def named_first(text: str, site: Site, rng: Random) -> str:
    """A value in a sentence of its own, and "that one" where it stood; not where it says more of another word."""
    found = [place for place in _whole(text, site) if _alone(text, place) and ". " not in text[place.start : place.end]]
    if not found or THAT_ONE.search(text) or "\n" in text or JOIN.search(text):
        return text
    place = rng.choice(found)
    first = rng.choice(FIRST).filled(text[place.start : place.end])
    return f"{first} {text[: place.start]}that one{text[place.end :]}"


def split_up(text: str, site: Site, rng: Random) -> str:
    """A clause at the end as a sentence of its own: "I mean it for 3 people."."""
    stripped = text.rstrip()
    bare = stripped.rstrip(".?!")
    if re.search(r"[.?!,;:\n\"]", bare) or THAT_ONE.search(bare) or not bare:
        return text
    spans, values = Spans(site.protected(bare)), places(bare, site)
    cuts = [match.start() for match in CUT.finditer(bare) if _main(bare[: match.start()])]
    cuts = [cut for cut in cuts if not spans.hold(cut) and any(place.start > cut for place in values)]
    if not cuts:
        return text
    cut, asks = rng.choice(cuts), stripped.endswith("?")
    return f"{bare[:cut]}{'?' if asks else '.'} {rng.choice(JOINS)} {bare[cut + 1 :]}."


def together(text: str) -> str:
    """The text in one piece again: what `listed`, `named_first` and `split_up` took apart."""
    text = JOIN.sub(" ", text)
    for template in FIRST:
        match = template.pattern.search(text)
        if match and len(THAT_ONE.findall(text[: match.start()] + text[match.end() :])) == 1:
            value = match["slot"]
            before, after = THAT_ONE.split(text[: match.start()] + text[match.end() :])
            text = f"{before}{value}{after}"
    if match := LIST.search(text):
        rest = text[: match.start()] + text[match.end() :]
        for line in LINE.finditer(match["lines"]):
            if rest.count(f"({line['letter']})") == 1:
                rest = rest.replace(f"({line['letter']})", line["value"].strip())
        text = rest
    return text


def _whole(text: str, site: Site) -> list[Place]:
    """Values outside what other operators put there, with nothing glued to them."""
    fixed = Spans(match.span() for pattern in site.fixed for match in pattern.finditer(text))
    return [place for place in places(text, site) if not fixed.overlap(place.start, place.end)]


def _alone(text: str, place: Place) -> bool:
    """Whether "that one" may stand for a value: after a small word, and before another, a mark or the end."""
    before = re.search(r"([a-z]+) $", text[: place.start], re.IGNORECASE)
    after = re.match(r"[.,?!;]?\s+([a-z]+)\b|[.?!]?\s*$|,", text[place.end :], re.IGNORECASE)
    if before is None or after is None or before[1].lower() not in BEFORE_NAME:
        return False
    return (
        after[1] is None
        or text[place.end] in ".,?!;"
        or after[1].lower() in {*CLAUSES, "and", "or", "to", "by", "that"}
    )


def _main(text: str) -> bool:
    """Whether a clause may end here: long enough, and no word that waits for what follows."""
    words = text.lower().split()
    leans = bool({words[-1]} & LEANING) or bool({"that", "which", "who"} & set(words[-3:])) if words else True
    return len(words) >= MIN_MAIN and not leans
