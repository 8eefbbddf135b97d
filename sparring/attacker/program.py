"""A program of operators: what the query model writes, one operator a step, and code executes.

Text form: names joined by " > ", as in `number_words > greeting > typos`. A program is executed from left to right.
"""

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from sparring.operators import OPERATORS, TURNS, site_of
from sparring.records import Attack, Example, Message

NAMES = (*OPERATORS, *TURNS)
MAX_STEPS = 4
SEPARATOR = " > "
BETWEEN = re.compile(r"(?<!\s)\s+>\s+")  # from where blanks begin: else long ones are read from each of them


class ProgramError(ValueError):
    """The text is no program: no legal action."""


@dataclass(frozen=True)
class Step:
    """One operator."""

    operator: str


Program = tuple[Step, ...]


def parse_program(text: str) -> Program:
    """The program that a text writes.

    Raises:
        ProgramError: An operator is unknown or stands twice, or there are none or too many.
    """
    steps = tuple(_step(part) for part in BETWEEN.split(text.strip()))
    if len(steps) > MAX_STEPS:
        raise ProgramError(f"{len(steps)} operators, at most {MAX_STEPS} make a program")
    if len({step.operator for step in steps}) < len(steps):
        raise ProgramError("an operator stands twice")
    return steps


def _step(part: str) -> Step:
    if part not in NAMES:
        raise ProgramError(f"no operator: {part[:60]!r}")
    return Step(part)


def render_program(program: Sequence[Step]) -> str:
    """The text of a program: parse_program gives it back."""
    return SEPARATOR.join(step.operator for step in program)


def apply_program(program: Sequence[Step], example: Example, seed: int) -> str:
    """The query that the program makes of the example's; the same program, example and seed give the same text."""
    return play_program(program, example, seed)[0]


class Played(NamedTuple):
    """What a program makes of an example.

    Attributes:
        query: The text of its last request.
        steps: Those that changed something.
        turns: What comes before that request.
    """

    query: str
    steps: Program
    turns: list[Message]


def play_program(program: Sequence[Step], example: Example, seed: int) -> tuple[str, Program]:
    """The query that `apply_program` gives, and the steps of the program that changed anything on the way to it."""
    return play(program, example, seed)[:2]


def play(program: Sequence[Step], example: Example, seed: int) -> Played:
    """All that a program makes of an example: query, turns before it, and the steps that changed anything."""
    site = site_of(example)
    text = example.query
    turns: list[Message] = []
    key = f"{seed}:{example.id}:{render_program(program)}"
    rng = Random(int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big"))
    played = []
    for step in program:
        before, num_turns = text, len(turns)
        if step.operator in TURNS:
            turns += TURNS[step.operator](site, rng)
        else:
            text = OPERATORS[step.operator].rewrite(text, site, rng)
        if text != before or len(turns) > num_turns:
            played.append(step)
    return Played(text, tuple(played), turns)


def way(program: Sequence[Step]) -> tuple[str, ...]:
    """The operators of a program without their order: what makes it the same way to attack as another."""
    return tuple(sorted(step.operator for step in program))


def way_of(attack: Attack, example: Example) -> tuple[str, ...]:
    """The way of an attack: the operators that changed something on the way from its seed to its query.

    Where its program gives another text by now (an audit names only steps that changed something) these are all that
    it names. What is no program is a way of its own, by its name.
    """
    try:
        program = parse_program(attack.strategy)
    except ProgramError:
        return (attack.strategy,)
    query, played = play_program(program, example, attack.seed)
    return way(played if played and query == attack.query else program)


def random_program(rng: Random, length: int, without: Collection[str] = ()) -> Program:
    """Operators drawn without repetition, none of `without`; fewer where few are left."""
    names = [name for name in NAMES if name not in without]
    return tuple(Step(name) for name in rng.sample(names, min(length, len(names))))
