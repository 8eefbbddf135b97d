"""Rewrites of rows on which no call is right that come to ask for one of their tools: the label breaks.

A tool is asked for in the words of its own description, so that the truth is known without reading.
"""

import re
from collections.abc import Callable, Sequence
from random import Random

from sparring.operators.tool_topics import wish
from sparring.records import Example


def tool_instead(example: Example, rng: Random, others: Sequence[Example]) -> str | None:
    """On a row on which no call is right: what one of its tools does, asked for in place of the request."""
    wanted = wish(rng.choice(example.tools))
    return wanted and rng.choice([f"Please {wanted}.", f"Can you {wanted}?", f"{wanted[0].upper()}{wanted[1:]}."])


def tool_besides(example: Example, rng: Random, others: Sequence[Example]) -> str | None:
    """The same in a sentence of its own, beside the request."""
    wanted = wish(rng.choice(example.tools))
    if wanted is None:
        return None
    said = [
        f"And {wanted}.",
        f"Once done, {wanted}.",
        f"I hear that you {wanted} too.",
        f"My mother asked you to {wanted}.",
    ]
    return f"{_ended(example.query)} {rng.choice(said)}"


def tool_inside(example: Example, rng: Random, others: Sequence[Example]) -> str | None:
    """The same joined to the request."""
    wanted = wish(rng.choice(example.tools))
    bare = example.query.rstrip(".?! \n")
    return (
        wanted and f"{bare}{rng.choice([' and', ', then', ' or'])} {wanted}{example.query[len(bare) :].strip() or '.'}"
    )


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


def _ended(text: str) -> str:
    stripped = text.rstrip()
    return stripped if stripped.endswith((".", "?", "!")) else f"{stripped}."


NO_CALL: dict[str, Callable[[Example, Random, Sequence[Example]], str | None]] = {
    "tool instead": tool_instead,
    "tool besides": tool_besides,
    "tool inside": tool_inside,
    "tool word": tool_word,
}
