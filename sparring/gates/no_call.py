"""The gate of seeds on which no call is right: a rewrite must not become a request that a tool of the list serves.

Such a seed declines for one of three reasons: no tool is about it, none does quite that, or a value that a tool needs
is not said. So nothing may be asked for that was not, nothing may go that narrows the request, and nothing beside it
may say a value. The one surprise: words of our own operators are looked at as well, since "as a nurse" answers a tool
that requires a profession.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from sparring.config import GateParams
from sparring.gates.facts import Facts
from sparring.gates.words import REQUEST_VERBS, VERB_STEMS, ByLength, alternatives, is_content, stem, words
from sparring.normalise import dates, numbers, unit_of
from sparring.normalise.spans import Spans
from sparring.operators.frames import HEDGES, PERSONAS
from sparring.records import Tool
from sparring.schemas.type_names import admitted_types

PERSONA = re.compile("|".join(re.escape(text) for text in PERSONAS), re.IGNORECASE)
WHO_ASKS = frozenset("profession occupation job career role age gender audience persona".split())
HEDGE = re.compile("|".join(re.escape(text) for text in HEDGES), re.IGNORECASE)
NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+\b")
PLACED = re.compile(
    r"\b(?:i|we|he|she|they|it|that|this)(?:['’](?:m|re|s)|\s+(?:am|are|is|live|lives|stay|stays))\s+(?:\w+\s+)?"
    r"(?:in|at|near|from|around)\s+(?!an?\b|my\b|our\b|your\b|the\b|it\b|all\b|least\b|time\b|holiday\b)\w+",
    re.IGNORECASE,
)
SAYS_VALUE = re.compile(
    r"\bmy\s+(?:\w+\s+){1,3}(?:is|are|was)\b|\b(?:called|named)\s+\w+|\bit['’]?s? (?:is )?for\b", re.I
)
NUMERIC = frozenset({"integer", "float", "number", "int", "double", "long"})
ENOUGH_BESIDE = 2
NOTHING_MORE = frozenset("ought keep keeps kept forgetting put puts got idea ideas else ever still yet".split())
DAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday".split())
WHEN = frozenset("date day days time when weekday schedule start end".split())
SPANS = frozenset({"second", "minute", "hour", "day", "week", "month", "year"})
TIME_WORDS = frozenset(
    """second seconds minute minutes hour hours day days week weeks month months year years time times duration period
    age long length interval term delay""".split()
)


def asks_for_a_tool(facts: Facts, params: GateParams) -> str | None:
    """On a seed that wants no call: another or a wider request, one more deed of a tool, or a value said beside it."""
    worded = (_new_words, _lost_words, _new_name)
    return _first(facts, (_new_deed, _tool_words, *worded, _told_beside, _answers_a_parameter))


def takes_up_a_tool(facts: Facts) -> str | None:
    """The part of it that no wording excuses: a tool's own deed or words are new, or a value that it may lack."""
    return _first(facts, (_new_deed, _tool_words, _told_beside, _answers_a_parameter))


def tool_texts(tools: Iterable[Tool]) -> list[str]:
    """What each tool does, with its name and without."""
    return [text for tool in tools for text in (f"{_spaced(tool.name)}. {tool.description}", tool.description)]


def _first(facts: Facts, checks: Iterable[Callable[[Facts], str | None]]) -> str | None:
    if facts.example.gold:
        return None
    return next((found for check in checks if (found := check(facts)) is not None), None)


def _new_deed(facts: Facts) -> str | None:
    """One more verb, and a tool does it."""
    text = HEDGE.sub(" ", facts.unframed)
    if _num_verbs(text) <= _num_verbs(facts.seed):
        return None
    done = {stem(word) for said in _described(facts.example.tools) for word in words(said)} & VERB_STEMS
    own = {stem(word) for word in words(facts.seed)}
    new = [word for word in words(text) if stem(word) in done - own]
    return f"asks a tool to {new[0]!r}" if new else None


def _tool_words(facts: Facts) -> str | None:
    """A content word in the request that is none of the seed's and that a tool is described with."""
    about = _about(_described(facts.example.tools))
    return next((f"asks for a tool: {word!r}" for word in _added(facts) if stem(word) in about), None)


def _new_words(facts: Facts) -> str | None:
    """A content word in the request that is none of the seed's, nor a slip of one."""
    like = ByLength(words(facts.seed))
    found = (word for word in _added(facts) if not facts.knows(word) and not like.has_like(word))
    return next((f"asks for {word!r} too" for word in found), None)


def _added(facts: Facts) -> Iterator[str]:
    """Content words of the request whose stem is none of the seed's, but for moments and words that ask nothing."""
    own = {other for word in words(facts.seed) for other in alternatives(word)}
    moments = {word for moment in dates(facts.core) for word in words(facts.core[moment.start : moment.end])}
    for word in words(facts.core):
        bare = re.split(r"['’]", word)[0]
        if is_content(word) and is_content(bare) and bare not in moments | NOTHING_MORE and stem(word) not in own:
            yield word


def _lost_words(facts: Facts) -> str | None:
    """A content word of the seed that is gone: what is left may be what a tool does."""
    gone = [word for word in facts.seed_content if not facts.keeps(word)]
    return f"{gone[0]!r} is gone, which narrowed the request" if gone else None


def _new_name(facts: Facts) -> str | None:
    """A name that the seed does not have, in the request or beside it: it may be the value that was missing."""
    if facts.unframed.isupper():
        return None
    moments = Spans((moment.start, moment.end) for moment in dates(facts.unframed))
    days_matter = bool(WHEN & {word for text in _parameters(facts.example.tools) for word in words(text)})
    for match in NAME.finditer(facts.unframed):
        word = match.group().lower()
        if word in DAYS and not days_matter:
            continue
        if is_content(word) and not moments.hold(match.start()) and not facts.knows(word):
            return f"new name {match.group()!r}"
    return None


def _told_beside(facts: Facts) -> str | None:
    """A sentence beside the request that takes up words of a tool, or says a value: a place, a number, one's own."""
    tools = facts.example.tools
    about, asked = _about(_described(tools)), _about(_parameters(tools))
    number_missing = not numbers(facts.seed) and any(_wants_number(tool) for tool in tools)
    for sentence in facts.asides:
        taken = [word for word in words(sentence) if is_content(word) and stem(word) in about]
        if len(taken) >= ENOUGH_BESIDE or any(stem(word) in asked for word in taken):
            return f"speaks of a tool beside the request: {taken[0]!r}"
        if (said := PLACED.search(sentence) or SAYS_VALUE.search(sentence)) is not None:
            return f"says a value beside the request: {said.group()!r}"
        if number_missing and _may_be_meant(sentence, tools):
            return f"says a number beside the request, and a tool lacks one: {sentence[:60]!r}"
    return None


def _may_be_meant(sentence: str, tools: Iterable[Tool]) -> bool:
    """Whether a number of the sentence could be a tool's: a span of time only where a required number is about time."""
    asked = {word for tool in tools for schema in _required_numbers(tool) for word in words(schema)}
    return any(
        not (unit_of(sentence, number.start, number.end) in SPANS and not asked & TIME_WORDS)
        for number in numbers(sentence)
    )


def _answers_a_parameter(facts: Facts) -> str | None:
    """A word that the rewrite adds, in a sentence of our operators as well, and that a required parameter asks for."""
    asked = {word.rstrip("s") for name in _parameters(facts.example.tools, required=True) for word in words(name)}
    own = facts.seed_stems | {stem(word) for word in words(facts.seed)}
    new = [word for word in words(facts.said) if word.rstrip("s") in asked and stem(word) not in own]
    found = [word for word in new if is_content(word)]
    if PERSONA.search(facts.query) and (asks := sorted(asked & WHO_ASKS)):
        return f"says who asks, and a tool requires the {asks[0]}"
    return f"may answer a parameter: {found[0]!r}" if found else None


def _wants_number(tool: Tool) -> bool:
    return bool(_required_numbers(tool))


def _required_numbers(tool: Tool) -> list[str]:
    """Names and descriptions of the numbers that a tool requires."""
    properties = tool.parameters.get("properties", {})
    required = {name: properties.get(name) for name in tool.parameters.get("required") or ()}
    return [
        f"{_spaced(name)} {schema.get('description', '')}"
        for name, schema in required.items()
        if isinstance(schema, dict) and not NUMERIC.isdisjoint(admitted_types(schema))
    ]


def _described(tools: Iterable[Tool]) -> list[str]:
    """Names and descriptions of the tools, and the names of their parameters."""
    return [text for tool in tools for text in (_spaced(tool.name), tool.description, *_parameters([tool]))]


def _parameters(tools: Iterable[Tool], required: bool = False) -> list[str]:
    """Names of parameters, as words."""
    return [
        _spaced(name)
        for tool in tools
        for name in tool.parameters.get("properties", {})
        if not required or name in (tool.parameters.get("required") or ())
    ]


def _spaced(name: str) -> str:
    """The words of a name: `startDate` and `start_date` are two."""
    return re.sub(r"[_.\-]|(?<=[a-z0-9])(?=[A-Z])", " ", name)


def _about(texts: Iterable[str]) -> set[str]:
    return {stem(word) for text in texts for word in words(text) if is_content(word)}


def _num_verbs(text: str) -> int:
    return sum(word in REQUEST_VERBS for word in words(text))
