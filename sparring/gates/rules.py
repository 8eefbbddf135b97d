"""The gates that need no model: one function each, from a rewrite's facts to what is wrong with it, or None."""

import re
from collections import Counter
from itertools import pairwise
from typing import Any

from sparring.config import GateParams
from sparring.gates.facts import Facts
from sparring.gates.words import (
    CONSTRAINT,
    HARMLESS,
    META,
    NEGATION,
    QUESTION_WORDS,
    REQUEST_VERBS,
    is_content,
    stem,
    words,
)
from sparring.normalise import dates, grounded, literals
from sparring.normalise.grounding import plain
from sparring.normalise.spans import Spans
from sparring.records import Example

SHORTEST_BASE = 80
LONGEST_AROUND = 1_500  # characters in sentences that are known to ask for nothing: a budget of their own
CALL_SYNTAX = re.compile(r"\b\w+\((?:\s*\)|[^()\n]*\w\s*=|\s*['\"])|[{}]|\"\w+\"\s*:|</?\w+>|```|\b\w+\s*==?\s*[\w'\"]")
SNAKE = re.compile(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b", re.IGNORECASE)
ASKING = re.compile(
    r"\?|\b(?:can|could|would|will) you\b|\bplease\b|\bi(?:['’]d| would)? (?:need|want|like|wish|prefer)\b|"
    r"\blet me know\b|"
    r"\b(?:should|must|have to|has to|ought to)\b|\bwe (?:need|want)\b|\bdo (?:it|so|that|this)\b",
    re.IGNORECASE,
)
TAKES_BACK = re.compile(
    r"\b(?:make (?:it|that) (?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|an?)|scrap (?:it|that)|"
    r"changed (?:my|our|her|his|their) minds?)\b",
    re.IGNORECASE,
)
MARK = re.compile(r"[.,;:!?\n()…]")
MILD = re.compile(r"not|no|never|cannot|n['’]t", re.IGNORECASE)  # the others leave out or take back whatever follows
OF_THE_WHOLE = frozenset("anymore longer necessary bother matter mind worry later anything after all".split())
TOLD_NOT = re.compile(
    r"\b(?:i|we|he|she|they)\s+(?:can['’]t|cannot|couldn['’]t|never|(?:haven|hasn|wasn|weren)['’]t|(?:am|was) not|"
    r"(?:don|doesn|didn)['’]t (?:understand|drive|speak|see|feel|trust|sleep|eat|carry|believe|own|have))\b",
    re.IGNORECASE,
)  # told of who asks, beside the request, it takes nothing back
NUMBER_WITH_UNIT = re.compile(r"\b(\d+(?:\.\d+)?)(?=[a-z]+\b)(?![kmb]\b)")  # the M of "1M in 2019" tells sums apart
ARTICLES = {"a", "an", "the"}
CUE_WORDS = 2
DIRECTIONS = set("from to before after until since above below over under without into onto against".split())
QUOTED_WORD = re.compile(r"['\"‘“]([A-Za-z][\w -]{1,24})['\"’”]")
MAX_NEW_CONTENT = 0.45
MIN_NEW_CONTENT = 2
TOKEN = re.compile(r"\w+(?:['’.]\w+)*")  # a name with underscores is one word: its parts are no neighbours
MIN_NEIGHBOURS = 3  # a shuffle keeps about one pair, whatever the length
VOWELS = set("aeiouy")


def malformed(facts: Facts, params: GateParams) -> str | None:
    """Blank, unprintable, or too long for its seed."""
    query = facts.query
    if not re.search(r"\w", query):
        return "no words"
    if any(not (c.isprintable() or c == "\n") for c in query):
        return "unprintable characters"
    limit = params.max_length_ratio * max(len(facts.seed), SHORTEST_BASE)
    around = len(query) - len(facts.unframed)
    if around > LONGEST_AROUND:
        return f"{around} characters around the request, at most {LONGEST_AROUND}"
    length = len(facts.unframed)
    return f"{length} characters, at most {limit:.0f}" if length > limit else None


def leak(facts: Facts, params: GateParams) -> str | None:
    """Names of functions or parameters, call syntax, JSON or markup that the seed does not have."""
    seed = facts.seed.lower()
    for match in CALL_SYNTAX.finditer(facts.query):
        if match.group().lower() not in seed:
            return f"call syntax {match.group()!r}"
    low = facts.query.lower()
    for tool in facts.example.tools:
        for name in (tool.name, *tool.name.split("."), *tool.parameters.get("properties", {})):
            odd = "_" in name or "." in name or re.search(r"[a-z][A-Z]", name)
            if odd and name.lower() in low and name.lower() not in seed:
                return f"name {name!r}"
    names = dict.fromkeys(match.group() for match in SNAKE.finditer(low))
    new = next((name for name in names if name not in seed), None)
    return None if new is None else f"name {new!r}"


def instruction(facts: Facts, params: GateParams) -> str | None:
    """Words to the model about how to answer, instead of about the request."""
    return new_match(META, facts)


def grounding(facts: Facts, params: GateParams) -> str | None:
    """A gold value that the seed says and the rewrite does not, by no name of it that is accepted."""
    for call in facts.example.gold:
        for name, accepted in call.arguments.items():
            said = [value for value in accepted if value != "" and _literal(value) and grounded(value, facts.seed)]
            others = [value for value in accepted if value not in said and isinstance(value, str) and len(value) > 1]
            if said and not any(grounded(value, facts.request) for value in (*said, *others)):
                return f"{call.name}.{name}: {said[0]!r} is gone"
            for value in {str(v): v for option in accepted for v in literals(option)}.values() if not said else ():
                if grounded(value, facts.seed) and not grounded(value, facts.request):
                    return f"{call.name}.{name}: {value!r} is gone"
    return None


def _literal(value: object) -> bool:
    return next(iter(literals(value)), None) is not None


def relations(facts: Facts, params: GateParams) -> str | None:
    """Values in another order whose neighbours changed too, or in another relation: "from A" is not "to A"."""
    if (named := _named_for_another(facts)) is not None:
        return named
    places = _places(facts)
    before = {value: _cue(facts.seed, value) for value in places}
    for value, cue in before.items():
        now = _cue(facts.core, value)
        directed = {cue.split()[-1], now.split()[-1]} if cue and now else set()
        if now != cue and ("=" in cue or "=" in now or (len(directed) == 2 and directed <= DIRECTIONS)):
            return f"{value!r} stands after {now!r}, not after {cue!r}"
    seed_order = sorted(places, key=lambda value: places[value][0])
    new_order = sorted(places, key=lambda value: places[value][1])
    if seed_order == new_order:
        return None
    for a, b in zip(seed_order, new_order, strict=True):
        if a != b and _cue(facts.core, b) != before[b]:
            return f"{b!r} stands in another place"
    return None


def _named_for_another(facts: Facts) -> str | None:
    """A number that stands before the name of another argument than its own: "5 estimators", where they are 100."""
    core, seed = _bare(facts.core), _bare(facts.seed)
    for call in facts.example.gold:
        named = {name: {stem(word) for word in words(re.sub(r"[_.]", " ", name))} for name in call.arguments}
        numeric = {
            name: str(accepted[0])
            for name, accepted in call.arguments.items()
            if accepted and isinstance(accepted[0], int | float) and not isinstance(accepted[0], bool)
        }
        for name, value in numeric.items():
            for word in re.findall(rf"(?<![\w.]){re.escape(value)} ([a-z]+)\b", core):
                others = [other for other in numeric if other != name and stem(word) in named[other] - named[name]]
                if others and numeric[others[0]] != value and f"{value} {word}" not in seed:
                    return f"{value!r} is said of {others[0]!r}"
    return None


def _places(facts: Facts) -> dict[str, tuple[int, int]]:
    """Where each literal gold value stands in the seed and in the rewrite; only those that stand once in both."""
    found = {}
    seed, core = f" {_bare(facts.seed)} ", f" {_bare(facts.core)} "
    for value in gold_values(facts.example):
        text = f" {_bare(str(value))} "
        if text.strip() and seed.count(text) == 1 and core.count(text) == 1:
            found[text.strip()] = (seed.index(text), core.index(text))
    return found


def _bare(text: str) -> str:
    """Plain words in which a number stands alone: no sign of money before it, no unit joined to it."""
    return " ".join(NUMBER_WITH_UNIT.sub(r"\1 ", plain(text).replace("$", " ")).split())


def gold_values(example: Example) -> list[str | int | float]:
    """The strings and numbers of the gold, all accepted ones."""
    return [
        v
        for call in example.gold
        for accepted in call.arguments.values()
        for option in accepted
        for v in literals(option)
    ]


def _cue(text: str, value: str) -> str:
    """The nearest words before a value that are no articles: one where the text has it once, else two."""
    given = _bare(text)
    before = [word for word in f" {given} ".split(f" {value} ")[0].split() if word not in ARTICLES]
    alone = bool(before) and given.split().count(before[-1]) == 1
    return before[-1] if alone else " ".join(before[-CUE_WORDS:])


def negation(facts: Facts, params: GateParams) -> str | None:
    """A negation more, or one less, of what the seed says or of the request as a whole."""
    before = len(NEGATION.findall(HARMLESS.sub(" ", facts.seed)))
    after = sum(not other for other in _negations(facts))
    return f"{before} negations became {after}" if before != after else None


def contrast(facts: Facts, params: GateParams) -> str | None:
    """A negation of what the seed does not say: "not the train", where no train was asked for."""
    found = sum(_negations(facts))
    return f"{found} times something is said not to be meant" if found else None


def _negations(facts: Facts) -> list[bool]:
    """Per negation of the rewrite whether it is of something that the seed does not say, up to the next mark."""
    text = facts.unframed
    for aside in facts.asides:
        text = text.replace(aside, TOLD_NOT.sub(" ", HARMLESS.sub(" ", aside)))
    spoken = HARMLESS.sub(" ", text)
    found = []
    for match in NEGATION.finditer(spoken):
        after = words(MARK.split(spoken[match.end() :], maxsplit=1)[0])
        denied = [word for word in after if is_content(word) and word not in OF_THE_WHOLE]
        mild = MILD.fullmatch(match.group()) is not None
        found.append(mild and bool(denied) and not any(facts.knows(word) for word in denied))
    return found


def constraint(facts: Facts, params: GateParams) -> str | None:
    """A limit, condition, preference, option, name or quotation that the seed does not have."""
    if (found := new_match(CONSTRAINT, facts)) is not None:
        return found
    seed, given = set(words(facts.seed)), set(words(facts.unframed))
    for option in _options(facts.example):
        parts = words(option)
        named = bool(parts) and all(len(part) > 2 and part in given for part in parts)
        if named and any(part not in seed and is_content(part) and not facts.knows(part) for part in parts):
            return f"names the option {option!r}"
    return _new_name(facts)


def _of_items(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a list's items; JSON Schema may say `false` behind a tuple's."""
    items = schema.get("items")
    return items if isinstance(items, dict) else {}


def _options(example: Example) -> list[str]:
    """Values that a schema names: its enumerations, and what its descriptions quote."""
    schemas = [schema for tool in example.tools for schema in tool.parameters.get("properties", {}).values()]
    options = [
        option
        for schema in schemas
        for option in (schema.get("enum") or _of_items(schema).get("enum") or ())
        if isinstance(option, str)
    ]
    return options + [word for schema in schemas for word in QUOTED_WORD.findall(str(schema.get("description", "")))]


def _new_name(facts: Facts) -> str | None:
    """A capitalised word inside the request that the seed has nowhere (all capitals are a manner of writing)."""
    if facts.core.isupper():
        return None
    named = Spans((moment.start, moment.end) for moment in dates(facts.core))
    for match in re.finditer(r"(?<=[a-z,] )[A-Z][a-z]+\b", facts.core):
        word = match.group().lower()
        known = match.group() in facts.seed or named.hold(match.start()) or facts.knows(word)
        if is_content(word) and not known:
            return f"new name {match.group()!r}"
    return None


def second_request(facts: Facts, params: GateParams) -> str | None:
    """Something else asked for, in a sentence of its own or joined by a verb; or the request taken back."""
    for sentence in facts.asides:
        spoken = HARMLESS.sub(" ", sentence)
        first = words(spoken)[:1]
        if ASKING.search(spoken) or (first and first[0] in REQUEST_VERBS | QUESTION_WORDS):
            return f"asks again: {sentence[:60]!r}"
        if TAKES_BACK.search(spoken):
            return f"takes back: {sentence[:60]!r}"
    if facts.core.count("?") > max(1, facts.seed.count("?")):
        return "another question"
    seed, more_verbs = set(words(facts.seed)), _verbs(facts.core) > _verbs(facts.seed)
    for match in re.finditer(r"\b(?:and|then|,)\s+(?:please\s+)?([a-z]+)\b", facts.core, re.IGNORECASE):
        verb = match.group(1).lower()
        if verb in REQUEST_VERBS and verb not in seed and more_verbs:
            return f"also asks to {verb}"
    return None


def _verbs(text: str) -> int:
    return sum(word in REQUEST_VERBS for word in words(text))


def content(facts: Facts, params: GateParams) -> str | None:
    """Too little of the seed's content kept, or too much that is new."""
    kept = facts.kept_content
    if kept is not None and kept < params.min_content_kept:
        return f"{kept:.2f} of the content words kept"
    total = sum(is_content(word) for word in words(facts.core))
    allowed = max(MIN_NEW_CONTENT, MAX_NEW_CONTENT * total)
    return f"{len(facts.new_content)} new content words" if len(facts.new_content) > allowed else None


def gibberish(facts: Facts, params: GateParams) -> str | None:
    """Words that are none, letters without end, one word again and again, or the seed's words in no order."""
    given = words(facts.query)
    if re.search(r"(\w)\1{4,}", facts.query) or re.search(r"\b(\w+)(?:\W+\1\b){3,}", facts.query, re.IGNORECASE):
        return "repetition"
    odd = [
        word
        for word in given
        if word.isalpha() and len(word) > 3 and not VOWELS & set(word) and word not in facts.seed.lower()
    ]
    if len(odd) >= 2:
        return f"no word: {odd[0]!r}"
    return "words in no order" if _shuffled(facts) else None


def _shuffled(facts: Facts) -> bool:
    """Whether fewer than half of the seed's neighbouring words still are, though nearly all words are kept."""
    before, after = (TOKEN.findall(text.lower()) for text in (facts.seed, facts.core))
    if len(before) < 5 or sum(word in after for word in set(before)) < 0.8 * len(set(before)):
        return False
    pairs = set(pairwise(before))
    kept = len(pairs & set(pairwise(after)))
    return kept < 0.5 * len(pairs) and (kept < MIN_NEIGHBOURS or kept < 0.3 * len(pairs))


def new_match(pattern: re.Pattern[str], facts: Facts) -> str | None:
    """The first match in the rewrite that the seed has less often; a plural is its singular."""
    before = Counter(match.group().lower().removesuffix("s") for match in pattern.finditer(facts.seed))
    told = pattern.finditer(HARMLESS.sub(" ", facts.unframed))
    after = Counter(match.group().lower().removesuffix("s") for match in told)
    new = after - before
    return f"new {min(new)!r}" if new else None
