"""Operators that say the request in other words of the same meaning, outside the places that carry values."""

import re
from random import Random

from sparring.normalise.spans import Spans
from sparring.operators.base import Site, outside, sentence_start

POLITE = ("Could you please help me with the following?", "Would you be so kind as to assist me with the following?")
FORMAL = {
    "find out": "ascertain", "find": "determine", "get": "obtain", "show me": "present me with", "tell me": "inform me of",
    "give me": "provide me with", "need": "require", "want": "wish", "help": "assist", "buy": "purchase", "start": "commence",
    "check": "verify", "about": "regarding", "also": "additionally", "ask": "inquire", "use": "employ", "get me": "obtain for me",
}  # fmt: skip
CASUAL = {
    "calculate": "work out", "compute": "work out", "determine": "figure out", "retrieve": "pull up", "obtain": "get",
    "provide me with": "get me", "provide": "give me", "purchase": "buy", "i would like to": "i wanna", "i want to": "i wanna",
    "could you please": "can you", "would you": "can you", "generate": "whip up", "identify": "figure out", "going to": "gonna",
}  # fmt: skip
SYNONYMS = {
    "calculate": ("compute", "work out"), "compute": ("calculate", "work out"), "find": ("look up", "locate"),
    "determine": ("establish", "figure out"), "big": ("large",), "large": ("big",), "fast": ("quick",), "near": ("close to",),
    "nearby": ("close by",), "show": ("display",), "display": ("show",), "retrieve": ("fetch",), "fetch": ("retrieve",),
    "assist": ("help",), "help": ("assist",), "begin": ("start",), "movie": ("film",), "film": ("movie",), "photo": ("picture",),
    "details": ("particulars",), "information": ("info",), "required": ("needed",), "needed": ("required",),
    "identify": ("pinpoint",), "predict": ("forecast",), "forecast": ("prediction",), "currently": ("at the moment",),
}  # fmt: skip
CONTRACTIONS = {
    "what is": "what's", "where is": "where's", "how is": "how's", "who is": "who's", "i am": "i'm", "i would": "i'd", "it is": "it's",
    "do not": "don't", "i have": "i've", "cannot": "can't", "that is": "that's", "let us": "let's", "i will": "i'll",
}  # fmt: skip
DROPPABLE = re.compile(
    r"\b(?:please|kindly|could you|can you|would you|i would like to|i'd like to|i want to|help me|for me|the|an?)\b\s*",
    re.IGNORECASE,
)
FILLERS = ("um,", "uh,", "well,", "you know,", "like,", "hmm,")
STATEMENT = re.compile(r"^(?:can|could|would|will) you (?:please )?(?:help me )?", re.IGNORECASE)


def polite(text: str, site: Site, rng: Random) -> str:
    """A formal opening."""
    return f"{rng.choice(POLITE)} {text}"


def formal(text: str, site: Site, rng: Random) -> str:
    """Formal words for plain ones."""
    return _replaced(text, site, {plain: (other,) for plain, other in FORMAL.items()}, rng)


def casual(text: str, site: Site, rng: Random) -> str:
    """Plain words for formal ones."""
    return _replaced(text, site, {plain: (other,) for plain, other in CASUAL.items()}, rng)


def synonyms(text: str, site: Site, rng: Random) -> str:
    """Words of the same meaning."""
    return _replaced(text, site, SYNONYMS, rng)


def contract(text: str, site: Site, rng: Random) -> str:
    """Contracted forms: "what's" for "what is"."""
    return _replaced(text, site, {plain: (other,) for plain, other in CONTRACTIONS.items()}, rng)


def expand(text: str, site: Site, rng: Random) -> str:
    """Full forms: "what is" for "what's"."""
    return _replaced(text, site, {other: (plain,) for plain, other in CONTRACTIONS.items()}, rng)


def telegraphic(text: str, site: Site, rng: Random) -> str:
    """Articles and courtesies left out, as in a telegram."""
    shorter = outside(text, site.protected(text), lambda part: DROPPABLE.sub("", part)).strip()
    return shorter[:1].upper() + shorter[1:] if shorter else text


def hesitant(text: str, site: Site, rng: Random) -> str:
    """Filler words at the start and at one boundary between words outside the values."""
    spans = Spans(site.protected(text))
    gaps = [
        match.start() for match in re.finditer(r"(?<=[a-z]) (?=(?:with|for|in|on|at|of|to|from|the|a|an|and)\b)", text)
        if not spans.hold(match.start())
    ]  # fmt: skip
    if gaps:
        place = rng.choice(gaps)
        text = f"{text[:place]}, {rng.choice(FILLERS)}{text[place:]}"
    return f"{rng.choice(FILLERS).capitalize()} {sentence_start(text)}"


def statement(text: str, site: Site, rng: Random) -> str:
    """A request put as a need instead of a question to somebody."""
    match = STATEMENT.match(text)
    if match is None or match.end() >= len(text):
        return f"I need help with the following. {text}"
    return f"I'd like you to {text[match.end() :].rstrip('?')}."


def _replaced(text: str, site: Site, words: dict[str, tuple[str, ...]], rng: Random) -> str:
    """Each known word or phrase, outside the values, by one of its others, the first letter's case kept."""
    pattern = re.compile(
        r"\b(?:" + "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) + r")\b", re.IGNORECASE
    )

    def other(match: re.Match[str]) -> str:
        chosen = rng.choice(words[match.group().lower()])
        return chosen[0].upper() + chosen[1:] if match.group()[0].isupper() else chosen

    return outside(text, site.protected(text), lambda part: pattern.sub(other, part))
