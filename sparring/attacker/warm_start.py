"""What the query model learns before any RL: rule-made actions that pass the gates, one a seed.

Programs are drawn at random, so the start knows the action space and prefers nothing in it but validity.
"""

import random
from collections.abc import Sequence

from sparring.attacker.program import apply_program, random_program, render_program
from sparring.gates import Gates
from sparring.records import Example

MAX_TRIES = 4
MAX_OPERATORS = 3
NO_CALL_SHARE = 0.4  # of the seeds: programs are drawn at random, it has to know requests of both kinds


def rule_made_actions(seeds: Sequence[Example], gatekeeper: Gates, action: str, seed: int) -> list[tuple[Example, str]]:
    """Pairs of a seed and the completion to learn; a seed whose every try was rejected is left out.

    Args:
        seeds: Training seeds.
        gatekeeper: The gates; all tries of one turn are judged in one batch.
        action: "program" learns the program's text, "rewrite" the rewritten query.
        seed: Decides the programs.
    """
    rng = random.Random(seed)
    found: dict[str, str] = {}
    for turn in range(MAX_TRIES):
        left = [example for example in seeds if example.id not in found]
        programs = [random_program(rng, rng.randint(1, MAX_OPERATORS)) for _ in left]
        rewrites = [
            apply_program(program, example, seed + turn) for program, example in zip(programs, left, strict=True)
        ]
        reasons = gatekeeper.rejections(list(zip(left, rewrites, strict=True)))
        for example, program, rewrite, reason in zip(left, programs, rewrites, reasons, strict=True):
            if reason is None:
                found[example.id] = render_program(program) if action == "program" else rewrite
    return [(example, found[example.id]) for example in seeds if example.id in found]
