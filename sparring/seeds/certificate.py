"""The certificate of seeds: a person has read so many of them, drawn at random, and says which are right, and why not.

Answers lie beside the seeds, one a line, by the row's id: a row that is made anew with another content is another row.
"""

import random
from collections.abc import Sequence
from pathlib import Path

from sparring.records import Rate, Record
from sparring.seeds.rows import Row
from sparring.statistics import rate
from sparring.storage import read_jsonl, write_jsonl


class Reading(Record):
    """What a person says of a row.

    Attributes:
        id: The row's id.
        right: Whether its call is the one right answer, or none is.
        reason: Why, where it is not; may be empty.
    """

    id: str
    right: bool
    reason: str = ""


def readings_path(seeds: Path) -> Path:
    """Where the answers lie."""
    return seeds.with_name(f"{seeds.stem}.read.jsonl")


def drawn_rows(rows: Sequence[Row], number: int, seed: int) -> list[Row]:
    """So many rows at random; more of them begin with the same ones."""
    order = sorted(rows, key=lambda row: str(row["id"]))
    random.Random(f"{seed}:reading").shuffle(order)
    return order[:number]


def readings(seeds: Path, rows: Sequence[Row]) -> list[Reading]:
    """The answers about these rows, in the order in which they were given; the last one about a row counts.

    Raises:
        InputError: A line is none; names file, line and field.
    """
    path = readings_path(seeds)
    ids = {str(row["id"]) for row in rows}
    found = read_jsonl(path, Reading) if path.exists() else []
    return list({one.id: one for one in found if one.id in ids}.values())


def keep_reading(seeds: Path, reading: Reading) -> None:
    """Adds an answer to the file."""
    path = readings_path(seeds)
    before = read_jsonl(path, Reading) if path.exists() else []
    write_jsonl(path, [*before, reading])


def share_right(found: Sequence[Reading]) -> Rate:
    """The share of the read rows that is right, with its Wilson interval; undefined where none was read."""
    return rate(sum(one.right for one in found), len(found))
