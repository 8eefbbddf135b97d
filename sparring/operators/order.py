"""Operators that move whole sentences or clauses; nothing is added and nothing left out."""

import re
from random import Random

from sparring.normalise.spans import Spans
from sparring.operators.base import Site, sentence_start

SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"“])")
BACKWARD = re.compile(
    r"\b(?:it|its|this|that|these|those|they|them|their|he|she|his|her|then|also|there|both|same|one|ones|after|before|"
    r"respectively|former|latter|and|or|but|so|such|again|instead|first|second|next|finally)\b",
    re.IGNORECASE,
)
CONDITION = re.compile(
    r"^(?P<main>[^,.!?]+?)(?:,)? (?P<clause>(?:if|given that|assuming|considering) [^.!?]+)(?P<end>[.!?]*)$"
)
LEADING = re.compile(r"^(?P<clause>(?:If|Given that|Assuming|Considering) [^,.!?]+), (?P<main>[^.!?]+)(?P<end>[.!?]*)$")


def reverse(text: str, site: Site, rng: Random) -> str:
    """Sentences in the reverse order, where none refers to another."""
    spans = Spans(site.protected(text))
    if any(spans.overlap(gap.start() - 1, gap.start()) and spans.hold(gap.start()) for gap in SENTENCES.finditer(text)):
        return text
    parts = SENTENCES.split(text.strip())
    if len(parts) != 2 or any(BACKWARD.search(part) for part in parts) or not parts[1].endswith((".", "!", "?")):
        return text
    return " ".join(reversed(parts))


def front(text: str, site: Site, rng: Random) -> str:
    """A condition moved to the front, or from the front to the end."""
    stripped = text.strip()
    if match := CONDITION.match(stripped):
        clause = match["clause"][0].upper() + match["clause"][1:]
        return f"{clause}, {sentence_start(match['main'])}{match['end']}"
    if match := LEADING.match(stripped):
        main = match["main"][0].upper() + match["main"][1:]
        return f"{main}, {match['clause'][0].lower() + match['clause'][1:]}{match['end']}"
    return text


def lines(text: str, site: Site, rng: Random) -> str:
    """One sentence a line."""
    return "\n".join(SENTENCES.split(text.strip()))
