"""Operators that speak of a tool in its own words: one used already, one of its options, one that does not help."""

import re
from random import Random

from sparring.normalise import grounded, literals, numbers, unit_of
from sparring.normalise.units import units
from sparring.operators.base import Site
from sparring.operators.templates import Template
from sparring.records import Tool

USED = (
    Template("You already helped me {slot}, and that part is finished."),
    Template("Earlier I had you {slot}, and I have all that I wanted from it."),
    Template("A moment ago you were so kind as to {slot}, so that is done."),
)
OPEN = (
    Template("I have no wish as to the {slot}.", r"[a-z ]"),
    Template("There is nothing to say about the {slot}.", r"[a-z ]"),
    Template("The {slot} I don't know yet, so I say nothing about that.", r"[a-z ]"),
    Template("I leave the {slot} open.", r"[a-z ]"),
)
UNASKED = (
    Template("I know that you can {slot}, and I have no need of it."),
    Template("Somebody else had you {slot} this morning, and it was a success."),
    Template("My flatmate asked you to {slot} and got what he wanted; my own question is another one."),
    Template("You need not {slot} for me."),
)
VERB = re.compile(r"(?P<verb>[A-Z][a-z]+?)(?P<s>e?s)? (?P<rest>[a-z].{10,90})$")
NO_VERBS = {"This", "The", "A", "An", "Function", "It"}
ACTIONS = frozenset(
    """find get show tell give calculate compute determine retrieve fetch obtain provide list identify check search
    look locate generate create make convert translate estimate predict compare analyze evaluate solve plot draw
    display book order reserve buy purchase send schedule add remove delete update set play start stop open close
    write read summarize count sort rank recommend suggest plan track measure simulate return print perform run apply
    build design cancel save download upload mix cook rent sell pay transfer query access discover explore""".split()
)
PLAIN = re.compile(r"[a-z ,'-]+", re.IGNORECASE)
WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
STATED = frozenset("string integer float number any".split())
MIN_TOPIC, MIN_SHARED = 4, 3  # letters


def used_tool(text: str, site: Site, rng: Random) -> str:
    """Another tool of the list, in the words of its description, as used already."""
    wishes = other_wishes(site)
    return f"{rng.choice(USED).filled(rng.choice(wishes))} {text}" if wishes else text


def open_option(text: str, site: Site, rng: Random) -> str:
    """An optional argument's topic, touched and left open."""
    topics = open_topics(site)
    if not topics or text.rstrip()[-1:] not in {".", "?", "!"}:
        return text
    aside = rng.choice(OPEN).filled(rng.choice(topics))
    return f"{text.rstrip()} {aside}" if rng.random() < 0.5 else f"{aside} {text}"


def tool_words(text: str, site: Site, rng: Random) -> str:
    """Where no call is right: what a tool does, as something that is not wanted."""
    wishes = unasked_wishes(site)
    return f"{rng.choice(UNASKED).filled(rng.choice(wishes))} {text}" if wishes else text


def wish(tool: Tool) -> str | None:
    """What a tool does, as an imperative in small letters; None where its description does not begin with a verb."""
    first = re.split(r"(?<=[a-z])[.:;(]|,? using |\n", tool.description)[0].strip()
    match = VERB.match(first)
    if match is None or match["verb"] in NO_VERBS:
        return None
    verb = match["verb"].lower() + ("e" if match["s"] == "es" and match["verb"][-1] in "tvc" else "")
    return f"{verb} {match['rest']}"


def _plain_wishes(site: Site, names: set[str]) -> list[str]:
    """Wishes of tools that are not named, with a verb that we know, without odd marks and numbers."""
    wishes = [wish(tool) for tool in site.seed.tools if tool.name not in names]
    plain = [one for one in dict.fromkeys(wishes) if one and PLAIN.fullmatch(one) and not numbers(one)]
    return [one for one in plain if one.split()[0] in ACTIONS]


def other_wishes(site: Site) -> list[str]:
    """What the tools can do that the gold does not call; none where it calls none."""
    called = {call.name for call in site.seed.gold}
    return _plain_wishes(site, called) if called else []


def unasked_wishes(site: Site) -> list[str]:
    """What the tools can do, where no call is right."""
    return _plain_wishes(site, set()) if site.seed.wants_no_call else []


def open_topics(site: Site) -> list[str]:
    """Names of arguments, as words, that the gold leaves out or may leave out and that the seed does not touch."""
    found = []
    tools = {tool.name: tool for tool in site.seed.tools}
    for call in site.seed.gold[:1] if len(site.seed.gold) == 1 else ():
        parameters = tools[call.name].parameters if call.name in tools else {}
        for name, schema in parameters.get("properties", {}).items():
            accepted = call.arguments.get(name, [""])
            topic = " ".join(word.lower() for word in WORDS.findall(name)).removeprefix("optional ")
            optional = "" in accepted and name not in parameters.get("required", ())
            if (
                optional
                and str(schema.get("type")) in STATED  # several types are a list
                and len(topic) >= MIN_TOPIC
                and not _touched(topic, schema, accepted, site)
            ):
                found.append(topic)
    return found


def _touched(topic: str, schema: dict[str, object], accepted: list[object], site: Site) -> bool:
    """Whether the seed says a value of an argument, or one of the words that its name or description is made of."""
    query = site.seed.query.lower()
    if "unit" in topic and (units(query) or any(unit_of(query, found.start, found.end) for found in numbers(query))):
        return True
    options = schema.get("enum")
    values = [*accepted, *(options if isinstance(options, list) else [])]
    if any(value != "" and next(literals(value), None) is not None and grounded(value, query) for value in values):
        return True
    return any(re.search(rf"\b{word[:MIN_SHARED]}", query) for word in topic.split() if len(word) >= MIN_SHARED)
