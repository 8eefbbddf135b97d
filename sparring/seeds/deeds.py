"""What a tool does, in the words of somebody who asks for it: "Gets a flow by id." is "get a flow by id".

The description's first sentence decides; where it names no deed, the tool's name does. A name and a description that
ask for different deeds (a tool `count_runs` described as a query) leave nobody certain: such a tool is left out.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sparring.gates.words import words
from sparring.seeds.vocabulary import CAPITALS, CODE, DEED_OF, REQUESTS, SHORT_FORMS, Ordinary, name_parts, verb_of

MAX_CHARS = 110
FIRST = re.compile(r"(?<=[^.\d])[.!?](?=\s|$)|\n\s*\n")
PREAMBLE = re.compile(
    r"^(?:this (?:tool|function|endpoint|operation|method|api|route)\s+(?:is used to\s+|can be used to\s+|will\s+|allows "
    r"(?:you|users?) to\s+|lets you\s+)?|(?:a |the )?(?:tool|function|endpoint|utility|method) (?:to|for|that)\s+|"
    r"(?:used|use this|use it|allows? you|helps? you|lets you|api) to\s+|endpoint for\s+|\[[^\]]*\]\s*)+",
    re.IGNORECASE,
)
ASIDE = re.compile(
    r"\s*\([^)]*\)|\s*\[[^\]]*\]|,?\s+(?:and |or )?optional(?:ly)?\b[^.,;]*|\s+from an optional [^.,;]*"
    r"|\s+(?:matching|in|for|with|by|from|across|of|to|on)\s+(?:(?:the|an?|these|those)\s+)?"
    r"(?:given|specified|provided|supplied)\b[^.,;]*",
    re.I,
)
MORE = re.compile(r"\s*(?:;|:|, (?:or|and|which|including|with|including|collecting|invoking|using|so|but|e\.g)\b|\s-\s).*$",
                  re.IGNORECASE | re.DOTALL)  # fmt: skip
JOINTS = frozenset("a an the of for in on to by with from and or at as is are be your its this that given".split())
TITLED = re.compile(r"^(?:[A-Z][\w/]*\s+){1,8}[A-Z][\w/]*$")


@dataclass(frozen=True)
class Deed:
    """What is asked for.

    Attributes:
        text: A request in the imperative, or what is wanted where no verb is known; small first letter, no full stop.
        verb: Its verb; None where it has none.
        about: The words that say which deed it is: of a verb its kind ("<read>"), of others their singular.
    """

    text: str
    verb: str | None
    about: frozenset[str]


def deed_of(tool: Mapping[str, Any], ordinary: Ordinary) -> Deed | str:
    """What a tool does; the reason where nobody could ask for it."""
    described = _sentence(str(tool.get("description") or ""))
    named = _named(str(tool["name"]), ordinary)
    text, verb = _imperative(described) if described else (None, None)
    first = next(iter(name_parts(re.split(r"[./]", str(tool["name"]))[-1])), "")
    own = first if first in REQUESTS else None
    if text is None:
        if named is None:
            return "description: it says in no words what the tool does, nor does the name"
        text, verb = named, own
    if verb is None and own is not None and named is not None and len(named.split()) > 1:
        text, verb = named, own
    said = {_singular(word) for word in words(text)}
    if verb is not None and own is not None and own not in said and _contradict(verb, own):
        return f"description: it asks to {verb}, and the name to {own}"
    return Deed(text, verb, about(text))


def about(text: str) -> frozenset[str]:
    """The words that say what a request is about, its verbs by their kind."""
    said = [word for word in words(text) if word not in JOINTS]
    return frozenset(f"<{DEED_OF[word]}>" if word in DEED_OF else _singular(word) for word in said)


def _singular(word: str) -> str:
    """A word without the endings of possession and number; nothing else, since a worker is no work."""
    word = word.replace("’", "'").removesuffix("'s")
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _contradict(one: str, other: str) -> bool:
    """Whether two verbs ask for different kinds of deeds, so that only one of them can be meant."""
    kinds = DEED_OF.get(one), DEED_OF.get(other)
    return (
        None not in kinds and kinds[0] != kinds[1] and {"open", "post", "put", "build", "new"}.isdisjoint({one, other})
    )


def _sentence(description: str) -> str:
    """The first sentence, without what stands in brackets, options and code."""
    text = re.sub(r"^[\s#*\-]+", "", description.strip())
    text = FIRST.split(text, maxsplit=1)[0]
    text = PREAMBLE.sub("", " ".join(text.split()))
    text = ASIDE.sub("", text)
    if "<" in text or "://" in text or "{" in text:
        text = re.split(r",|<|\{|https?:", text, maxsplit=1)[0]
    text = CODE.sub(lambda found: " ".join(name_parts(found[0])), text.replace("**", ""))
    if len(text) > MAX_CHARS or MORE.search(text):
        text = MORE.sub("", text)
    return text.strip(" .,:;")


def _imperative(text: str) -> tuple[str | None, str | None]:
    """The sentence as a request, and its verb."""
    if not text or len(text) > 2 * MAX_CHARS or not re.search(r"[^\W\d_]{3}", text):
        return None, None
    if TITLED.match(text):
        text = " ".join(word if word.isupper() and len(word) > 1 else word.lower() for word in text.split())
    first, *rest = text.split(" ")
    second = rest[0].lower() if rest else ""
    verb = verb_of(first.lower(), second)
    if verb is None:
        return _small(text), None
    rest_text = re.sub(
        r"(?<=\band )\w+s\b|(?<=, )\w+s\b(?= (?:the|a|an|its|it)\b)",
        lambda found: verb_of(found[0].lower(), "the") or found[0],
        " ".join(rest),
    )
    return f"{verb} {rest_text}".strip(), verb


def _named(name: str, ordinary: Ordinary) -> str | None:
    """A tool's name as words; None where one is nobody's word."""
    parts = name_parts(re.split(r"[./]", name)[-1])
    said = [CAPITALS.get(part) or SHORT_FORMS.get(part) or part for part in parts if not part.isdigit()]
    known = all(part in CAPITALS or part in SHORT_FORMS or part in ordinary for part in parts)
    return " ".join(said) if said and known and len(said) <= 8 else None


def _small(text: str) -> str:
    first = text.split(" ", maxsplit=1)[0]
    return text if len(first) > 1 and first[1:] != first[1:].lower() else text[0].lower() + text[1:]
