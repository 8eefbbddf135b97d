"""What the query model is shown, and what its completion becomes: a program is executed, a rewrite is the attack."""

from collections.abc import Sequence
from typing import NamedTuple

from sparring.attacker.program import ProgramError, parse_program, play, render_program, way
from sparring.config import Action
from sparring.prompts import render_prompt
from sparring.records import Example, Kind, Message

REWRITE: Action = "rewrite"
RIGHT: dict[Kind, str] = {"call": "a call", "no_call": "no call"}


def query_messages(example: Example, action: Action, strategies: Sequence[str] = ()) -> list[dict[str, str]]:
    """Chat messages that ask for an attack on the example; they say whether a call is right, or none.

    Args:
        example: The seed.
        action: What the query model writes.
        strategies: Programs of the archive that won against the like.
    """
    if action == "program":
        system = render_prompt("query_model", strategies=strategies)
    else:
        system = render_prompt("query_model_rewrite")
    names = ", ".join(tool.name for tool in example.tools)
    said = f"{example.query}\nFunctions: {names}\nRight answer: {RIGHT[example.kind]}"
    return [{"role": "system", "content": system}, {"role": "user", "content": said}]


class Written(NamedTuple):
    """What a completion makes.

    Attributes:
        query: The attack's text.
        strategy: Its program, or that it is a rewrite.
        way: Operators that changed something, without their order; a rewrite has none.
        turns: What comes before it.
    """

    query: str
    strategy: str
    way: tuple[str, ...]
    turns: Sequence[Message] = ()


def attack_text(completion: str, example: Example, action: Action, seed: int) -> Written:
    """The attack that a completion makes.

    Raises:
        ProgramError: The completion is no legal action.
    """
    if action == "program":
        program = parse_program(completion)
        query, steps, turns = play(program, example, seed)
        return Written(query, render_program(program), way(steps), turns)
    if not completion.strip():
        raise ProgramError("an empty rewrite")
    return Written(completion.strip(), REWRITE, ())
