"""Untouched seeds as training rows: what the target starts from, and what stands beside attacks."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sparring.records import Example, SFTExample

Render = Callable[[Example], str]
RowT = TypeVar("RowT")


@dataclass(frozen=True)
class Untouched:
    """A training seed as it is.

    Attributes:
        seed: The seed.
        answer: What it teaches.
        rejected: What the target answers wrongly; None where it is right or was not asked.
    """

    seed: Example
    answer: str
    rejected: str | None = None


def clean_rows(
    seeds: Sequence[Example], num_rows: int, no_call_share: float, render: Render, seed: int
) -> list[SFTExample]:
    """Untouched seeds, with and without calls, none twice, in a fixed random order: what the target starts from."""
    rng = random.Random(seed)
    no_call = _sample([e for e in seeds if e.wants_no_call], round(no_call_share * num_rows), rng)
    with_calls = _sample([e for e in seeds if e.gold], num_rows - len(no_call), rng)
    rows = [
        *(seed_row(Untouched(example, render(example)), "clean", "clean") for example in with_calls),
        *(seed_row(Untouched(example, render(example)), "no_call", "no_call") for example in no_call),
    ]
    rng.shuffle(rows)
    return rows


def seed_row(each: Untouched, origin: str, label: str) -> SFTExample:
    """A seed as a training row; its id begins with the label."""
    return SFTExample.model_validate(
        {
            "id": f"{label}:{each.seed.id}",
            "messages": each.seed.messages,
            "tools": each.seed.tools,
            "completion": each.answer,
            "origin": origin,
            "rejected": each.rejected,
        }
    )


def _sample(items: Sequence[RowT], count: int, rng: random.Random) -> list[RowT]:
    return rng.sample(list(items), min(count, len(items)))
