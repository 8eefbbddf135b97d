"""Rows of a person's own for whoever asks a target: those that can be used, as long as not too many are faulty.

A row whose gold does not survive the dialect is left out by name: a target asked in it could never be right.
"""

from collections.abc import Mapping
from pathlib import Path

from sparring.dialects import Dialect, fault_of_row
from sparring.errors import InputError
from sparring.records import Example
from sparring.sources.foreign import Loaded
from sparring.sources.jsonl import read_jsonl_rows


def refuse_too_many(faulty: Mapping[str, str], num_rows: int, max_rejected: float) -> None:
    """Raises InputError where more than a share of the rows is faulty; names the first."""
    if len(faulty) > max_rejected * num_rows:
        first = ": ".join(next(iter(faulty.items())))
        raise InputError(f"{len(faulty)} of {num_rows} rows are faulty, data.max_rejected is {max_rejected}; {first}")


def load_own_rows(path: Path, dialect: Dialect, max_rejected: float) -> list[Example]:
    """A person's rows that a target can be asked in a dialect; says which are left out.

    Raises:
        InputError: No row can be used, or more than the share `max_rejected` is faulty.
    """
    found = read_jsonl_rows(path)
    faults = {f"{path}: {one.id}": fault for one in found.examples if (fault := fault_of_row(one, dialect))}
    kept = [one for one in found.examples if f"{path}: {one.id}" not in faults]
    whole = Loaded(kept, found.rejected | faults).announce(str(path))
    refuse_too_many(whole.rejected, len(whole.examples) + len(whole.rejected), max_rejected)
    return whole.examples
