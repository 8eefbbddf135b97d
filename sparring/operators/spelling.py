"""Operators on letters and marks, outside the places that carry values."""

import re
from random import Random

from sparring.normalise.spans import Spans
from sparring.operators.base import Site, outside

MIN_LETTERS = 5
MAX_TYPOS = 3
KEYS = {"a": "s", "e": "r", "i": "o", "o": "p", "t": "y", "n": "m", "s": "d", "r": "t", "l": "k", "c": "v"}
CHAT = {"you": "u", "are": "r", "please": "pls", "thanks": "thx", "to": "2", "for": "4", "because": "cuz", "your": "ur"}
SAFE_CHAT = {word: short for word, short in CHAT.items() if not short.isdigit()}


def typos(text: str, site: Site, rng: Random) -> str:
    """Up to three typing slips, each in a longer word that carries no value."""
    spans = Spans(site.protected(text))
    words = [
        match for match in re.finditer(rf"\b[a-z]{{{MIN_LETTERS},}}\b", text)
        if not spans.overlap(match.start(), match.end())
    ]  # fmt: skip
    chosen = sorted(rng.sample(words, min(MAX_TYPOS, len(words))), key=lambda match: -match.start())
    for match in chosen:
        text = text[: match.start()] + _slip(match.group(), rng) + text[match.end() :]
    return text


def _slip(word: str, rng: Random) -> str:
    """Two letters swapped, one doubled, one left out, or a neighbouring key; never the first letter."""
    place = rng.randrange(1, len(word) - 1)
    kind = rng.randrange(4)
    if kind == 0:
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    if kind == 1:
        return word[:place] + word[place] + word[place:]
    if kind == 2:
        return word[:place] + word[place + 1 :]
    return word[:place] + KEYS.get(word[place], word[place]) + word[place + 1 :]


def lowercase(text: str, site: Site, rng: Random) -> str:
    """Small letters."""
    return outside(text, site.protected(text), str.lower)


def uppercase(text: str, site: Site, rng: Random) -> str:
    """Capital letters."""
    return outside(text, site.protected(text), str.upper)


def bare(text: str, site: Site, rng: Random) -> str:
    """No marks at the end of sentences and no commas, outside the values."""
    return outside(text, site.protected(text), lambda part: re.sub(r"[,.!?;](?=\s|$)", "", part))


def excited(text: str, site: Site, rng: Random) -> str:
    """Exclamation marks for the mark at the end."""
    return f"{text.rstrip('.!? ')}{'?' if text.rstrip().endswith('?') else ''}!!!"


def chat(text: str, site: Site, rng: Random) -> str:
    """Short forms of chats: "u", "pls", "thx"."""
    pattern = re.compile(r"\b(?:" + "|".join(SAFE_CHAT) + r")\b", re.IGNORECASE)
    shorter = outside(
        text, site.protected(text), lambda part: pattern.sub(lambda match: SAFE_CHAT[match.group().lower()], part)
    )
    return shorter if shorter != text else f"{lowercase(text, site, rng)} pls"
