"""The gate that sees a request which is not one now: put off, made to wait, to be worded for somebody else, or over.

As with what `turned` sees, no argument of a tool says any of it, so the gate stays where readers judge wording.
"""

import re

from sparring.config import GateParams
from sparring.gates.facts import Facts
from sparring.gates.rules import new_match
from sparring.gates.words import OVER, is_content, stem, words

LATER = re.compile(
    r"\b(?:remind (?:me|us)|(?:do not|don['’]t) (?:[\w'’]+ ){0,4}(?:now|yet|before)\b|and not before|ask me first|"
    r"(?:i|we)(?:['’]ll| will) (?:get|come|be) back (?:to|with)|"
    r"(?:i|we)(?:['’]ll| will) (?:tell|write|ask|let|call) (?:to )?you (?:then|when|later|know))",
    re.IGNORECASE,
)
WORDED = re.compile(
    r"\bhow (?:would|do|should|could|can) (?:i|we|you) (?:best )?(?:word|phrase|put|say|ask)\b|"
    r"(?:(?:^|[.!?:,;]\s*|\bplease )|\b(?:can|could|would|will) you (?:please )?)"
    r"(?:write|draft|compose|word|phrase|formulate)(?: me| us| up)?(?: an?| the| my| some)?(?: \w+){0,2} "
    r"(?:message|mail|e-?mail|note|letter|text|reply|post|question|request)s?\b",
    re.IGNORECASE,
)


def deferred(facts: Facts, params: GateParams) -> str | None:
    """A request that is put off or waits for something, one whose wording alone is asked for, or one that is over."""
    for pattern, what in ((LATER, "put off"), (WORDED, "only worded")):
        if (found := new_match(pattern, facts)) is not None:
            return f"{what}: {found}"
    return _taken_back(facts)


def _taken_back(facts: Facts) -> str | None:
    """A sentence that says of the request, of a tool's work or of an argument that it is over or left open."""
    if new_match(OVER, facts) is None:
        return None
    properties = [name for tool in facts.example.tools for name in tool.parameters.get("properties", {})]
    described = [re.sub(r"[_.]", " ", name) for name in properties]
    about = {stem(word) for text in described for word in words(text)}
    for sentence in re.split(r"(?<=[.!?])\s+", facts.unframed):
        own = [word for word in words(sentence) if is_content(word) and (facts.knows(word) or stem(word) in about)]
        if own and OVER.search(sentence) and sentence not in facts.seed:
            return f"takes back: {own[0]!r}"
    return None
