"""What a person calls an argument: its name's words where they are ordinary, else what its description begins with.

None where neither gives words: such an argument is never said, and the tool that cannot do without it is left out.
"""

import re
from collections.abc import Mapping, Sequence

from sparring.gates import words as gate_words
from sparring.gates.words import stem
from sparring.schemas.json_schema import Schema
from sparring.seeds.shapes import Path, Place
from sparring.seeds.vocabulary import CAPITALS, CODE, SHORT_FORMS, Ordinary, name_parts, verb_of

MAX_WORDS = 7
FUNCTION_WORDS = gate_words.FUNCTION_WORDS - {"id", "value", "values", "time", "day", "week", "evening"}  # nouns here
MAX_DESCRIBED = 4
GENERIC = frozenset(
    "id ids name names key value type path text data kind state status content title description code number date time "
    "list file items body label query version input reference".split()
)
CONTAINERS = frozenset("body data input payload request".split())
ARTICLE = re.compile(r"^(?:(?:the|an?|your|this|its|one|optional|required)\s+)+", re.IGNORECASE)
ENDS = re.compile(r"[.,;:()\[\]\"'“”!?]|\s-\s|\s(?:e\.g|i\.e|such as|for example|in the form|as an?|which|where|when|if|"
                  r"used|using|defaults?|must|can|may|should|will|is|are|to (?!date)\w+)\b", re.IGNORECASE)  # fmt: skip
RELATIVE = re.compile(r"^[\w /-]+? (?:that|which) [\w /-]+$", re.IGNORECASE)
WHETHER = re.compile(r"^whether (?:or not )?to ([\w' -]+?)(?=[.,;:(]|$)", re.IGNORECASE)
MEASURES = frozenset("milliseconds seconds minutes hours days weeks months years bytes kilobytes megabytes gigabytes percent "
                     "celsius fahrenheit meters metres kilometers kilometres miles kilograms millimetres centimetres pixels".split())  # fmt: skip
COUNTED = frozenset({"maximum", "minimum", "number of", "number", "total", "last", "next", "of", "past"})
NO_NOUN = re.compile(
    r"^(?:whether|if|only|when|how|what|which|where|include|includes|including|exclude|set|return|get|show|list|filter|"
    r"use|specify|enable|disable|true|false|defaults?|deprecated|any|all|not|do|in|on|at|for|from|to|by|with|number)\b",
    re.IGNORECASE,
)
PREPOSITIONS = frozenset("from to at by in on for with after before since until between within under over".split())


def is_joint(phrase: str) -> bool:
    """Whether a phrase ends in a preposition, "scheduled before": no article stands before it."""
    return phrase.rsplit(maxsplit=1)[-1].lower() in PREPOSITIONS


def phrase_of(name: str, schema: Schema, ordinary: Ordinary) -> str | None:
    """What a person calls an argument of this name; None where there are no words for it."""
    named = _named(name, ordinary)
    if named is None and schema.get("type") == "boolean":
        return _switched(str(schema.get("description") or ""), ordinary)
    described = _described(str(schema.get("description") or ""), ordinary)
    if named is None or _is_verb_form(name_parts(name)):
        return described or named
    if described is not None and named.lower() in CONTAINERS:
        return described
    says_more = (
        described is not None
        and named.lower() in GENERIC
        and len(described.split()) <= MAX_DESCRIBED
        and stem(name_parts(name)[-1]) in {stem(word.lower()) for word in described.split()}
    )
    return described if says_more else named


def phrases(found: Sequence[Place], ordinary: Ordinary) -> dict[Path, str]:
    """The phrases of places, each only once: an object's name goes before what two of its kind would share."""
    first = {place.path: phrase_of(place.name, _schema(place), ordinary) for place in found}
    made = {
        place.path: _within(place, phrase, ordinary) if _shared(phrase, first) or len(place.path) > 1 else phrase
        for place in found
        if (phrase := first[place.path]) is not None
    }
    return {path: phrase for path, phrase in made.items() if phrase is not None and not _shared(phrase, made)}


def same_words(one: str, other: str) -> bool:
    """Whether two phrases say the same."""
    return key_of(one) == key_of(other)


def key_of(phrase: str) -> frozenset[str]:
    """What a phrase says, whatever its form."""
    words = re.findall(r"[a-z0-9]+", phrase.lower())
    return frozenset(stem(word) for word in words if word not in {"the", "a", "an", "of"})


def _schema(place: Place) -> Schema:
    """The first alternative's remarks, which hold for all."""
    return place.shapes[0] if place.shapes else {}


def _shared(phrase: str | None, others: Mapping[Path, str | None]) -> bool:
    return phrase is not None and sum(other is not None and same_words(phrase, other) for other in others.values()) > 1


def _within(place: Place, phrase: str, ordinary: Ordinary) -> str | None:
    """The phrase behind what its object is called; its own where the object has no name of its own."""
    holders = [key for key in place.path[:-1] if isinstance(key, str)]
    if not holders:
        return phrase
    holder = _named(holders[-1], ordinary)
    if holder is None or holder.lower() in CONTAINERS:
        return phrase
    if place.path[-2] == 0:
        holder = _singular(holder)
    return phrase if key_of(holder) <= key_of(phrase) else f"{holder} {phrase}"


def _singular(words: str) -> str:
    if words.endswith("ies"):
        return words[:-3] + "y"
    return words[:-1] if words.endswith("s") and not words.endswith("ss") else words


def _named(name: str, ordinary: Ordinary) -> str | None:
    parts = name_parts(name)
    if not parts or any(part.isdigit() for part in parts[:1]):
        return None
    words = [CAPITALS.get(part) or SHORT_FORMS.get(part) or part for part in parts]
    if len(words) > 1 and words[-1] in MEASURES and words[-2] not in COUNTED:
        words.insert(-1, "in")
    known = all(
        part in CAPITALS or part in SHORT_FORMS or part.isdigit() or (len(part) > 1 and part in ordinary)
        for part in parts
    )
    return " ".join(words) if known and len(words) <= MAX_WORDS else None


def _switched(text: str, ordinary: Ordinary) -> str | None:
    """What is switched by a yes or no that is described as "Whether to sit outside."."""
    found = WHETHER.match(" ".join(text.split()))
    words = found[1].split() if found else []
    return (
        found[1].strip()
        if found and 1 < len(words) <= MAX_WORDS and all(_is_word(w, ordinary) for w in words)
        else None
    )


def _is_verb_form(parts: Sequence[str]) -> bool:
    """Whether the name is no noun by itself: `contains`, `not_contains`, `from`."""
    return bool(parts) and (
        parts[-1] in {"contains", "equals", "matches", "in"} or all(p in FUNCTION_WORDS for p in parts)
    )


def _described(text: str, ordinary: Ordinary) -> str | None:
    """The noun phrase that a description begins with."""
    text = " ".join(text.split())
    bare = ARTICLE.sub("", text)
    if not bare or NO_NOUN.match(bare) or CODE.search(text.split(".")[0]):
        return None
    if bare == text and verb_of(text.split()[0].lower(), " ".join(text.split()[1:2]).lower()) is not None:
        return None
    sentence = re.split(r"[.,;:()\[\]\"“”!?]|\s-\s", bare, maxsplit=1)[0].strip()
    if not RELATIVE.match(sentence):
        cut = ENDS.search(sentence)
        sentence = sentence[: cut.start()].strip() if cut else sentence
    words = sentence.split()
    if not 1 <= len(words) <= MAX_WORDS or words[-1].lower() in FUNCTION_WORDS:
        return None
    if any(not _is_word(word, ordinary) for word in words):
        return None
    first = words[0] if words[0][1:] != words[0][1:].lower() else words[0].lower()
    return " ".join([CAPITALS.get(first, first), *(CAPITALS.get(word, word) for word in words[1:])])


def _is_word(word: str, ordinary: Ordinary) -> bool:
    low = word.lower().replace("'s", "").strip("'’")
    return all(part in CAPITALS or part in ordinary for part in re.split(r"[-/]", low) if part)
