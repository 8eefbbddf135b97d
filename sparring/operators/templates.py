"""Sentences with a place for words of the seed's own, and how they are found again.

What an operator adds can be taken back: the gates then judge what is left. A sentence is taken back only where its
words are what the operator would put there for this very seed.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

MAX_SLOT = 2_000
SLOT = "{slot}"


@dataclass(frozen=True)
class Template:
    """A text with one {slot}, or with none.

    Attributes:
        text: What is written.
        within: Pattern of one letter of the slot.
    """

    text: str
    within: str = r"[^\n\"“”]"

    def filled(self, slot: str) -> str:
        """The text with the slot filled."""
        return self.text.replace(SLOT, slot)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Finds the text again, whatever its blanks have become and however its last sentence ends."""
        spelt = re.sub(r"(?:\\[ \n])+", lambda _: r"\s+", re.escape(self.text))
        if spelt.endswith(r"\."):
            spelt = spelt.removesuffix(r"\.") + r"[.!?]+(?=[\s\"”]|$)"  # another operator may quote all of it
        slot = rf"(?P<slot>{self.within}{{1,{MAX_SLOT}}}?)"
        return re.compile(spelt.replace(re.escape(SLOT), slot), re.IGNORECASE)


def taken_back(text: str, templates: Iterable[Template], holds: Callable[[str], bool]) -> str:
    """The text without the sentences whose slot holds what it may."""
    for template in templates:
        text = template.pattern.sub(
            lambda match: " " if holds(match.groupdict().get("slot", "")) else match.group(), text
        )
    return text


def opened(text: str, templates: Iterable[Template]) -> str:
    """The text with each template's words gone and its slot left."""
    for template in templates:
        text = template.pattern.sub(lambda match: f" {match['slot']} ", text)
    return text
