"""Which held-out rows are asked, and which of them are attacked: drawn by a seed, the same for all that is compared."""

from collections.abc import Sequence

from sparring.attacker.seeds import answered_rightly, of_both_kinds, shuffled, spread_over_tools
from sparring.config import EvaluationParams
from sparring.records import KINDS, Example, Trial

POOL = 5  # seeds that are asked for one that is wanted: a target answers a third of live ones rightly


def untouched_rows(proof: Sequence[Example], wanted: EvaluationParams, seed: int) -> list[Example]:
    """The fixed held-out rows of every round, with calls first, then without.

    One row of each tool before the second of any: rows of one tool tell less than rows of several.
    """
    drawn = spread_over_tools(shuffled(proof, seed))
    with_calls = [row for row in drawn if row.gold]
    without = [row for row in drawn if row.wants_no_call]
    return with_calls[: wanted.clean_examples] + without[: wanted.no_call_examples]


def attacked_rows(rows: Sequence[Example], clean: Sequence[Trial], wanted: EvaluationParams) -> list[Example]:
    """The rows that are attacked: those answered rightly, with calls first.

    Args:
        rows: The untouched rows.
        clean: What the target answered to them.
        wanted: How many of each kind.
    """
    right = answered_rightly(rows, clean)
    with_calls, without = ([row for row in right if row.kind == kind] for kind in KINDS)
    return with_calls[: wanted.attack_seeds] + without[: wanted.no_call_attack_seeds]


def pool_for_studies(rows: Sequence[Example], wanted: int, no_call_share: float) -> list[Example]:
    """Seeds of both kinds that are asked before a study, POOL times as many as it wants; drawn by a fixed seed.

    Of every tool one is asked before the second of any.
    """
    drawn = spread_over_tools(shuffled([row for row in rows if row.can_be_attacked], "held-out seeds"))
    return of_both_kinds(drawn, POOL * wanted, no_call_share)
