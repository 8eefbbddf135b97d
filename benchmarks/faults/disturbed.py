"""What a kind of fault is given, and what it gives back."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.faults.playing import Started

Mend = Callable[[], None]


@dataclass(frozen=True)
class Setting:
    """What the rounds share.

    Attributes:
        prepared: A project with its baseline played.
        seconds: How long each phase of a round takes undisturbed.
        preload: libfaketime, where it is installed.
    """

    prepared: Path
    seconds: dict[str, float]
    preload: str | None

    def moment(self, rng: random.Random, phase: str) -> float:
        """A random moment of a phase, in seconds from its begin."""
        return rng.random() * self.seconds[phase]


@dataclass(frozen=True)
class Disturbed:
    """What came of the disturbed start.

    Attributes:
        first: The round that was disturbed.
        choices: What was drawn, in words.
        mend: What a person would do once the fault is named; None where nothing stays broken.
        others: Rounds that were started beside it.
        wrong: What something else did that it must not do; None where all was right.
        beside: Ends what the next start still needs beside it.
    """

    first: Started
    choices: str
    mend: Mend | None = None
    others: tuple[Started, ...] = ()
    wrong: str | None = None
    beside: Mend | None = None
