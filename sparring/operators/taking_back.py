"""What the operators that know their seed have added, taken back: the request as it was asked before.

The gates judge what is left. So an operator's sentence passes only where its words are what the operator could have
put there for this seed, and a sentence that only resembles one is judged like any other.
"""

import re
from collections.abc import Iterable
from functools import partial

from sparring.normalise.spoken import written
from sparring.operators.apart import FIRST, JOINS, LIST, together
from sparring.operators.base import Site
from sparring.operators.correction import without_corrections
from sparring.operators.notes import HEADING, TEMPLATES
from sparring.operators.pasted import EDGES, PASTED
from sparring.operators.templates import Template, opened, taken_back
from sparring.operators.told import TOLD, says_others
from sparring.operators.tool_topics import OPEN, UNASKED, USED, open_topics, other_wishes, unasked_wishes

FIXED = (
    *(template.pattern for template in (*TOLD, *USED, *OPEN, *UNASKED, HEADING, *TEMPLATES, *EDGES, *FIRST)),
    LIST,
    re.compile(rf"(?:{'|'.join(JOINS)})\s", re.IGNORECASE),
)


def as_asked(text: str, site: Site) -> str:
    """The text without what the operators that know their seed may have added."""
    text = opened(text, PASTED)
    text = taken_back(text, (HEADING, *TEMPLATES), lambda slot: True)
    text = taken_back(text, TOLD, lambda slot: says_others(slot, site))
    for templates, words in ((USED, other_wishes), (OPEN, open_topics)):
        text = _without_topics(text, templates, words(site))
    text = together(without_unasked(text, site))
    return without_corrections(written(text), site).strip() or text


def without_unasked(text: str, site: Site) -> str:
    """The text without sentences which say of what a tool does that nobody wants it; all else stays."""
    return _without_topics(text, UNASKED, unasked_wishes(site))


def _without_topics(text: str, templates: Iterable[Template], topics: Iterable[str]) -> str:
    allowed = {" ".join(one.lower().split()) for one in topics}
    return taken_back(text, templates, partial(_among, allowed))


def _among(allowed: set[str], slot: str) -> bool:
    """Whether a slot holds one of the texts, whatever its blanks and capitals."""
    return " ".join(slot.lower().split()) in allowed
