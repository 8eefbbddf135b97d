"""Prompts that an exported model was trained on, beside its weights: text and tokens of some rows with tools.

Whoever serves the model can be asked what it shows for the same rows, without a tokenizer on this side.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from sparring.errors import InputError
from sparring.records import Example, Record
from sparring.storage import read_record

FILE = "trained_prompts.json"
MAX_ROWS = 6


class TrainedPrompt(Record):
    """One row, and what the target read of it while it was trained."""

    example: Example
    text: str
    tokens: list[int]


class TrainedPrompts(Record):
    """What an exported checkpoint keeps.

    Attributes:
        dialect: How it was trained to write calls.
        rows: Rows of several shapes.
    """

    dialect: str
    rows: list[TrainedPrompt]


class ServedPrompt(Record):
    """Whether a server shows what the model was trained on.

    Attributes:
        state: "equal", "different", or "not compared".
        text: One sentence.
    """

    state: Literal["equal", "different", "not compared"]
    text: str


def read_trained(exported: Path) -> TrainedPrompts:
    """The prompts of an exported model.

    Args:
        exported: The folder that `sparring export` wrote, or the checkpoint in it.

    Raises:
        InputError: There are none, or the file is broken.
    """
    for path in (exported / FILE, exported / "checkpoint" / FILE):
        if path.exists():
            return read_record(path, TrainedPrompts)
    raise InputError(f"{exported / FILE}: no such file; --exported takes what `sparring export` wrote of a round")


def shapes(seeds: Sequence[Example]) -> list[Example]:
    """Rows to keep: one of each category first, then as they come."""
    first = {seed.category: seed for seed in reversed(seeds)}
    chosen = [*(first[category] for category in sorted(first)), *seeds]
    return list({seed.id: seed for seed in chosen}.values())[:MAX_ROWS]
