"""What an operator sees: the text so far, and which parts of it carry values and must not change."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from sparring.normalise import dates, numbers, times
from sparring.normalise.spans import Spans
from sparring.records import Example

MAX_QUERY = 20_000  # characters: no person asks at such length, and what is read here may take the square of it
MAX_QUOTED = 2_000
QUOTED = re.compile(rf"\"[^\"]*\"|“[^”]{{0,{MAX_QUOTED}}}”|‘[^’]{{0,{MAX_QUOTED}}}’|`[^`]*`|(?<!\w)'[^']+'(?!\w)")
WORD = re.compile(r"\S+")
ODD = re.compile(r"[\d_@/\\<>=+*^{}\[\]()&#$%€£]")  # one such mark makes the whole word odd
ODD_WORD = re.compile(r"\b\w+\.\w+\S*|\b\w*[a-z][A-Z]\w*\b")
DECIDING = re.compile(
    r"\b(?:includ\w*|exclud\w*|with|without|not?|only|enabled?|disabled?|yes|true|false)\b", re.IGNORECASE
)
CAPITAL = re.compile(r"(?<!^)(?<![.!?:]\s)(?<![\"“(\n])\b[A-Z][\w'’-]*(?:\s+(?:of|de|la|the|and|von|van)\s+(?=[A-Z]))?")


@dataclass(frozen=True)
class Site:
    """What a rewrite knows of its seed: the values that it must keep, and what it may speak of.

    Attributes:
        strings: Gold values (and what their dictionaries hold) that are strings, longest first.
        amounts: Gold values that are numbers by type, so that another spelling of them means the same.
        seed: The seed.
        fixed: Sentences of other operators, which are found again only as they are.
    """

    strings: tuple[str, ...]
    amounts: frozenset[Decimal]
    seed: Example
    fixed: tuple[re.Pattern[str], ...] = ()

    def options(self, name: str) -> tuple[str, ...]:
        """What the schema enumerates where the gold accepts a string; nothing where no argument does."""
        schemas = {tool.name: tool.parameters.get("properties", {}) for tool in self.seed.tools}
        for call in self.seed.gold:
            for argument, accepted in call.arguments.items():
                options = schemas.get(call.name, {}).get(argument, {}).get("enum")
                if name in accepted and isinstance(options, list):
                    return tuple(option for option in options if isinstance(option, str) and option not in accepted)
        return ()

    def protected(self, text: str) -> list[tuple[int, int]]:
        """Places that carry values: gold strings, numbers, dates, quotations, names, odd or deciding words; merged."""
        found = [
            (match.start(), match.end())
            for pattern in (QUOTED, ODD_WORD, CAPITAL, DECIDING, *self.fixed)
            for match in pattern.finditer(text)
        ]
        found += [(match.start(), match.end()) for match in WORD.finditer(text) if ODD.search(match.group())]
        found += [(number.start, number.end) for number in numbers(text)]
        found += [(moment.start, moment.end) for moment in (*dates(text), *times(text))]
        for value in self.strings:
            pattern = r"\W+".join(re.escape(word) for word in re.findall(r"\w+", value))
            if pattern:
                found += [(m.start(), m.end()) for m in re.finditer(rf"\b{pattern}\b", text, re.IGNORECASE)]
        return Spans(found).merged


Rewrite = Callable[[str, Site, Random], str]


@dataclass(frozen=True)
class Operator:
    """A label-safe rewriting rule.

    Attributes:
        rewrite: (text, site, rng) to the new text; the same text where there is nothing to do.
        preserves: Why the right call cannot change, in one sentence.
    """

    rewrite: Rewrite
    preserves: str


def within_reach(rewrite: Rewrite) -> Rewrite:
    """The rule, which leaves texts alone that are too long to be anybody's query."""

    def rewritten(text: str, site: Site, rng: Random) -> str:
        return text if len(text) > MAX_QUERY else rewrite(text, site, rng)

    return rewritten


def outside(text: str, spans: list[tuple[int, int]], change: Callable[[str], str]) -> str:
    """The text with every stretch between the protected places changed."""
    parts, last = [], 0
    for start, end in spans:
        parts += [change(text[last:start]), text[start:end]]
        last = end
    return "".join([*parts, change(text[last:])])


def sentence_start(text: str) -> str:
    """A text whose first letter is small where it is an ordinary word's, so that it can follow other words."""
    first = text.split(" ", 1)[0]
    ordinary = first[:1].isupper() and first[1:].islower() and first != "I" and "'" not in first
    return text[0].lower() + text[1:] if ordinary and first.lower() in OPENERS else text


OPENERS = frozenset(
    """a an the what which who when where why how can could would will should is are do does did please find get
    calculate compute determine show tell give book create convert generate search check provide list help make
    identify retrieve add play order need i'd i'm estimate predict compare translate send analyze fetch look
    update set plan solve count sort draw buy locate""".split()
)
