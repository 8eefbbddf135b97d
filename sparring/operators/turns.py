"""Operators that put turns before the request: the same wish with other values, called and answered, then the request.

What is asked last stays what it was, and says all of its values itself. An earlier call has no argument that the right
one has not, and none of the values that were changed is right: nothing can be taken over from it. On a seed that wants
no call only small talk comes before: a value said earlier might be the one that is missing.
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from random import Random
from typing import Any

from sparring.gold import gold_calls
from sparring.normalise import numbers
from sparring.operators.base import Site
from sparring.operators.places import places
from sparring.operators.told import MAX_TOLD, says_others
from sparring.records import Call, Message

RESULTS = ('{"status": "ok"}', '{"success": true}', '{"result": "done"}')
CLOSINGS = ("Done.", "That is taken care of.", "All right, that went through.")
SMALL_TALK = (
    ("Hi, are you there?", "Yes, I am. What can I do for you?"),
    ("Good to see you again!", "Likewise! How can I help?"),
    ("Thanks for the last time.", "You are welcome, any time."),
)
ANSWERS = tuple(answer for _, answer in SMALL_TALK)
MOST = 2
Turns = Callable[[Site, Random], list[Message]]


def earlier_turn(site: Site, rng: Random) -> list[Message]:
    """One earlier turn."""
    return _turns(site, rng, 1)


def earlier_turns(site: Site, rng: Random) -> list[Message]:
    """Two earlier turns, with other values each; fewer where there are no two."""
    return _turns(site, rng, MOST)


def _turns(site: Site, rng: Random, wanted: int) -> list[Message]:
    if site.seed.wants_no_call:
        talk = rng.sample(SMALL_TALK, wanted)
        return [message for said in talk for message in _small_talk(*said)]
    made: list[list[Message]] = []
    for _ in range(wanted):
        turn = _called(site, rng)
        if turn and turn[0].content not in {other[0].content for other in made}:
            made.append(turn)
    return [message for turn in made for message in turn]


def _small_talk(said: str, answer: str) -> list[Message]:
    return [Message(role="user", content=said), Message(role="assistant", content=answer)]


def _called(site: Site, rng: Random) -> list[Message]:
    """The request with other values, its call, a result and a closing word; nothing where no value can be another."""
    calls, text = gold_calls(site.seed), site.seed.query
    if len(calls) != 1 or len(text) > MAX_TOLD:
        return []
    arguments = dict(calls[0].arguments)
    for place in reversed(places(text, site)):
        shown = text[place.start : place.end]
        held = [name for name, value in arguments.items() if _same(value, shown)]
        if len(held) == 1 and place.others:
            other = rng.choice(place.others)
            arguments[held[0]] = _as(arguments[held[0]], other)
            text = f"{text[: place.start]}{other}{text[place.end :]}"
    if not says_others(text, site):
        return []
    return [
        Message(role="user", content=text),
        Message(role="assistant", content="", tool_calls=[Call(name=calls[0].name, arguments=arguments)]),
        Message(role="tool", content=rng.choice(RESULTS)),
        Message(role="assistant", content=rng.choice(CLOSINGS)),
    ]


def _same(value: Any, shown: str) -> bool:
    """Whether an argument is what a place shows, and nothing else."""
    if isinstance(value, str):
        return value.lower() == shown.lower()
    return not isinstance(value, bool) and isinstance(value, int | float) and _figure(shown) == Decimal(str(value))


def _as(value: Any, other: str) -> Any:
    """What a place shows instead, in the type of the argument."""
    if isinstance(value, str):
        return other
    found = _figure(other)
    return type(value)(found) if found is not None else value


def _figure(shown: str) -> Decimal | None:
    """The number that a place shows, a sign of money aside; none of a percentage, which arguments hold in two ways."""
    found = numbers(shown)
    return found[0].value if len(found) == 1 and not shown.endswith("%") else None


def misleads(turns: Sequence[Message], site: Site) -> str | None:
    """What is wrong with turns before a request, or None: nothing that the operators could have put there."""
    if turns and (turns[0].role != "user" or turns[-1].role != "assistant" or turns[-1].tool_calls):
        return "the turns before do not end with an answer"
    return next((found for message in turns if (found := _misleads(message, site)) is not None), None)


def _misleads(message: Message, site: Site) -> str | None:
    if message.tool_calls:
        return next((found for call in message.tool_calls if (found := _taken_over(call, site)) is not None), None)
    allowed = {"user": {said for said, _ in SMALL_TALK}, "tool": set(RESULTS), "assistant": {*CLOSINGS, *ANSWERS}}
    if message.content in allowed.get(message.role, ()):
        return None
    if message.role == "user" and _other_values(message.content, site):
        return None
    return f"an earlier turn says {message.content[:60]!r}"


def _other_values(said: str, site: Site) -> bool:
    """Whether it is the seed's request with other values in their places, one of which makes another call right."""
    text, last, pattern = site.seed.query, 0, ""
    for place in places(text, site):
        options = "|".join(map(re.escape, (text[place.start : place.end], *place.others)))
        pattern += f"{re.escape(text[last : place.start])}(?:{options})"
        last = place.end
    return re.fullmatch(pattern + re.escape(text[last:]), said) is not None and says_others(said, site)


def _taken_over(call: Call, site: Site) -> str | None:
    """Why an earlier call may be taken for the right one, or something of it may."""
    right = {gold.name: gold.arguments for gold in site.seed.gold}
    if call.name not in right:
        return f"an earlier turn calls {call.name}"
    if more := sorted(call.arguments.keys() - right[call.name].keys()):
        return f"an earlier turn gives {more[0]}"
    if all(value in right[call.name][name] for name, value in call.arguments.items()):
        return "an earlier turn makes the right call"
    return None
