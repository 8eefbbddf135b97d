"""A program of operators: what the query model writes, one operator a step, and code executes.

Text form: names joined by " > "; free text follows its operator in double quotation marks, as in
`number_words > aside "The kettle is boiling." > typos`. A program is executed from left to right.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from sparring.operators import OPERATORS, site_of
from sparring.records import Example

MAX_STEPS = 4
MAX_FREE_CHARS = 160
STEP = re.compile(r"^(?P<name>[a-z_]+)(?:\s+\"(?P<free>[^\"\n]*)\")?$")
SEPARATOR = re.compile(r"\s+>\s+(?=[a-z_]+(?:\s|$))")


class ProgramError(ValueError):
    """The text is no program: no legal action."""


@dataclass(frozen=True)
class Step:
    """One operator and, where it takes some, free text."""

    operator: str
    free: str = ""


Program = tuple[Step, ...]


def parse_program(text: str) -> Program:
    """The program that a text writes.

    Raises:
        ProgramError: An operator is unknown or stands twice, there are none or too many, or free text is misplaced.
    """
    steps = tuple(_step(part) for part in SEPARATOR.split(text.strip()))
    if len(steps) > MAX_STEPS:
        raise ProgramError(f"{len(steps)} operators, at most {MAX_STEPS} make a program")
    if len({step.operator for step in steps}) < len(steps):
        raise ProgramError("an operator stands twice")
    return steps


def _step(part: str) -> Step:
    match = STEP.match(part.strip())
    if match is None or match["name"] not in OPERATORS:
        raise ProgramError(f"no operator: {part[:60]!r}")
    free = (match["free"] or "").strip()
    if free and not OPERATORS[match["name"]].takes_text:
        raise ProgramError(f"{match['name']} takes no text")
    if len(free) > MAX_FREE_CHARS:
        raise ProgramError(f"{match['name']}: {len(free)} characters of free text, at most {MAX_FREE_CHARS}")
    return Step(match["name"], free)


def render_program(program: Sequence[Step]) -> str:
    """The text of a program: parse_program gives it back."""
    return " > ".join(f'{step.operator} "{step.free}"' if step.free else step.operator for step in program)


def apply_program(program: Sequence[Step], example: Example, seed: int) -> str:
    """The query that the program makes of the example's; the same program, example and seed give the same text."""
    site = site_of(example)
    text = example.query
    key = f"{seed}:{example.id}:{render_program(program)}"
    rng = Random(int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big"))
    for step in program:
        text = OPERATORS[step.operator].rewrite(text, site, rng, step.free)
    return text


def random_program(rng: Random, length: int) -> Program:
    """Operators drawn without repetition, none that wants free text."""
    names = [name for name, operator in OPERATORS.items() if not operator.takes_text]
    return tuple(Step(name) for name in rng.sample(names, length))
