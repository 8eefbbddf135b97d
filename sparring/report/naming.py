"""Weaknesses as a person would name them: what the model does, and when. What to do about it, by kind of mistake.

The names say what was done to a request, not how code calls it: "quantity" is a number that stands beside the request.
An operator without a line here keeps its own name, so a new one is never silent.
"""

import re

from sparring.attacker.schema_attacks import PREFIX
from sparring.visible_text import shorten

BORROWED = "borrowed_value"  # a wrong value that the attack says and its seed does not: finer than the checker's kinds
DOES = {
    "unparseable": "writes no readable call",
    "no_call": "calls nothing",
    "wrong_count": "makes too many or too few calls",
    "wrong_function": "calls another function",
    "missing_argument": "leaves an argument out",
    "unexpected_argument": "gives an argument that the function does not have",
    "wrong_type": "gives a value of the wrong type",
    "wrong_value": "gives a wrong value",
    "unwanted_call": "calls a function although none fits",
    BORROWED: "takes a value that was only mentioned",
}
WHEN = {
    "greeting": "a greeting stands before the request",
    "thanks": "thanks follow the request",
    "chatty": "small talk leads up to the request",
    "story": "a little story leads up to the request",
    "quantity": "an unrelated number is mentioned beside the request",
    "near_miss": "a similar question that is settled already is mentioned",
    "persona": "the asker says who they are",
    "quote": "the request is quoted from somebody's message",
    "hedge": "the asker is unsure how to ask",
    "hurry": "the asker is in a hurry",
    "title": "a heading stands over the request",
    "polite": "the request is worded politely",
    "formal": "the request is worded formally",
    "casual": "the request is worded casually",
    "synonyms": "the request uses other words of the same meaning",
    "contract": "words are contracted, like what's",
    "expand": "contracted words are written out",
    "telegraphic": "small words are left out",
    "hesitant": "the asker hesitates, with well and um",
    "statement": "the request is worded as a statement",
    "typos": "words are misspelt",
    "lowercase": "the request is in small letters",
    "uppercase": "the request is in capitals",
    "bare": "commas and stops are missing",
    "excited": "the request ends in exclamation marks",
    "chat": "the request is written as in a chat, with pls",
    "number_words": "numbers are written as words",
    "digits": "numbers that were words are digits",
    "thousands": "large numbers have separators",
    "written_date": "dates are written out",
    "units": "units are spelt another way",
    "percent": "per cent is spelt another way",
    "reverse": "the sentences stand in another order",
    "front": "the clauses stand in another order",
    "lines": "the request is broken into lines",
    "corrected": "a value is corrected on the way",
    "told_done": "an earlier request with other values is told as done",
    "told_theirs": "somebody else's request with other values is told",
    "told_past": "a past request with other values is told",
    "used_tool": "another tool is said to have been used",
    "open_option": "a setting that may be left out is left open",
    "tool_words": "a tool's own words stand in a request that it cannot serve",
    "spoken": "values are said as people say them",
    "listed": "the values stand in a list",
    "named_first": "a value is named before the request",
    "split_up": "the request is split over several sentences",
    "mail": "the request stands in a pasted mail",
    "ticket": "the request stands in a pasted ticket",
    "chat_log": "the request stands in a pasted conversation",
    "notes": "the request stands among long unrelated notes",
    "earlier_turn": "an earlier turn with other values was called and answered",
    "earlier_turns": "two earlier turns with other values were called and answered",
    "rewrite": "the request is rewritten freely",
    f"{PREFIX}shuffle": "tools and parameters stand in another order",
    f"{PREFIX}distractors": "tools that do not fit stand beside the right one",
    f"{PREFIX}retired": "a retired tool stands beside the right one",
    f"{PREFIX}rename_functions": "the functions have other names",
    f"{PREFIX}number_functions": "the functions are only numbered",
    f"{PREFIX}rename_parameters": "the parameters have other names",
    f"{PREFIX}reword": "the descriptions are worded otherwise",
}
# What a borrowed value comes from, where the way to rewrite says it.
TAKES = {
    "quantity": "takes an unrelated number beside the request",
    "near_miss": "takes a value of the question that is settled already",
    "corrected": "takes the value that was taken back",
    "told_done": "takes the value of an earlier request",
    "told_theirs": "takes the value of somebody else's request",
    "told_past": "takes the value of an earlier request",
    "earlier_turn": "takes the value of an earlier turn",
    "earlier_turns": "takes a value of the earlier turns",
    "used_tool": "takes a value of the tool that was already used",
    "notes": "takes a value of the unrelated notes",
    "mail": "takes a value of the mail around the request",
    "ticket": "takes a value of the ticket around the request",
    "chat_log": "takes a value of the conversation around the request",
}
ADVICE = {
    "unparseable": "Check dialect and longest answer; train on requests in such words.",
    "no_call": "Say in the tool's description which requests it serves; train on such requests beside untouched ones.",
    "wrong_count": "Say in the description whether one call serves several things.",
    "wrong_function": "Say in both descriptions what tells the tools apart.",
    "missing_argument": "Say in the argument's description when it is given; require it if it always is.",
    "unexpected_argument": "Refuse what the schema does not have before a call runs; train on such requests.",
    "wrong_type": "Name type and format in its description; check the type before a call runs.",
    "wrong_value": "Name unit, format and an example in its description; train on such requests.",
    "unwanted_call": "Say in the description what it does not do; train on requests that want no call.",
    BORROWED: "Train on requests with such asides; have values that matter confirmed.",
}
GOT = re.compile(r"^call \d+: .*, got (?:[a-z]+ )?(.+)$", re.DOTALL)
WORD = re.compile(r"\w+(?:\.\d+)?")
MAX_NAME_CHARS = 60


def weakness_words(kind: str, strategy: str) -> str:
    """What the model does and when, e.g. "calls nothing when the request is in capitals"."""
    if kind == BORROWED and strategy in TAKES:
        return TAKES[strategy]
    does = DOES.get(kind, shorten(kind.replace("_", " "), MAX_NAME_CHARS))
    return f"{does} when {WHEN.get(strategy) or f'the attack is {shorten(strategy, MAX_NAME_CHARS)}'}"


def advice(kind: str) -> str:
    """What a team can do about a kind of mistake."""
    return ADVICE.get(kind, "Read the example, and train on such requests.")


def is_borrowed(detail: str, seed: str, attack: str) -> bool:
    """Whether a wrong value is one that the attack says, and its seed says no word of it.

    Args:
        detail: The verdict's sentence, which ends with what came.
        seed: The request before the attack.
        attack: The request after it.
    """
    found = GOT.search(detail)
    if found is None:
        return False
    value = found[1].strip("'\"[]() ").removesuffix(".0")
    if not value or value in ("True", "False", "None"):
        return False
    return _says(attack, value) and not any(_says(seed, word) for word in WORD.findall(value))


def _says(text: str, value: str) -> bool:
    """Whether a text holds a value as a word or a number of its own."""
    return re.search(rf"(?<![\w.]){re.escape(value)}(?!\w|\.\d)", text, re.IGNORECASE) is not None
