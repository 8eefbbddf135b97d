"""Rewrites of rows on which no call is right that come to ask for one of their tools: the label breaks.

A tool is asked for in the words of its own description, so that the truth is known without reading.
"""

import re
from collections.abc import Callable, Sequence
from random import Random

from sparring.records import Example


def tool_instead(example: Example, rng: Random, others: Sequence[Example]) -> str | None:
    """On a row on which no call is right: what one of its tools does, asked for in place of the request."""
    wish = _wish(example, rng)
    return wish and rng.choice([f"Please {wish}.", f"Can you {wish}?", f"{wish[0].upper()}{wish[1:]}."])


def tool_besides(example: Example, rng: Random, others: Sequence[Example]) -> str | None:
    """The same in a sentence of its own, beside the request."""
    wish = _wish(example, rng)
    if wish is None:
        return None
    said = [f"And {wish}.", f"Once done, {wish}.", f"I hear that you {wish} too.", f"My mother asked you to {wish}."]
    return f"{_ended(example.query)} {rng.choice(said)}"


def tool_inside(example: Example, rng: Random, others: Sequence[Example]) -> str | None:
    """The same joined to the request."""
    wish = _wish(example, rng)
    bare = example.query.rstrip(".?! \n")
    return wish and f"{bare}{rng.choice([' and', ', then', ' or'])} {wish}{example.query[len(bare) :].strip() or '.'}"


VAGUE = frozenset("given specific specified particular certain based using between about which their other".split())


def tool_word(example: Example, rng: Random, others: Sequence[Example]) -> str | None:
    """The object of the request changed to what one of its tools is about."""
    about = dict.fromkeys(re.findall(r"[a-z]{5,}", rng.choice(example.tools).description.lower()))
    mine = re.findall(r"\b[a-z]{5,}\b", example.query)
    theirs = [word for word in about if word not in example.query.lower() and word not in VAGUE]
    if not mine or len(theirs) < 2 or len(example.query.split()) < 5:
        return None
    made = example.query
    for old, new in zip(reversed(mine), reversed(theirs), strict=False):
        made = re.sub(rf"\b{old}\b", new, made)
        if made.count(" ") and sum(word in made.lower() for word in theirs) >= 2:
            break
    return made


def _wish(example: Example, rng: Random) -> str | None:
    """What a tool does, as an imperative in small letters; None where its description does not begin with a verb."""
    first = re.split(r"(?<=[a-z])[.:;(]|,? using |\n", rng.choice(example.tools).description)[0].strip()
    match = re.match(r"(?P<verb>[A-Z][a-z]+?)(?P<s>e?s)? (?P<rest>[a-z].{10,90})$", first)
    if match is None or match["verb"] in {"This", "The", "A", "An", "Function", "It"}:
        return None
    verb = match["verb"].lower() + ("e" if match["s"] == "es" and match["verb"][-1] in "tvc" else "")
    return f"{verb} {match['rest']}"


def _ended(text: str) -> str:
    stripped = text.rstrip()
    return stripped if stripped.endswith((".", "?", "!")) else f"{stripped}."


NO_CALL: dict[str, Callable[[Example, Random, Sequence[Example]], str | None]] = {
    "tool instead": tool_instead,
    "tool besides": tool_besides,
    "tool inside": tool_inside,
    "tool word": tool_word,
}
