"""Gold must survive: written, read back and checked in the run's dialect it is right, or the row proves nothing.

A dialect may have no way to write a name or a value; a target trained or asked in it could then never be right.
"""

from collections.abc import Mapping
from pathlib import Path

from sparring.checker import ParseError
from sparring.checker.check import check
from sparring.dialects import Dialect
from sparring.gold import gold_calls
from sparring.records import Example
from sparring.sources.foreign import Loaded
from sparring.sources.jsonl import read_jsonl_rows
from sparring.storage import InputError


def fault_of_gold(example: Example, dialect: Dialect) -> str | None:
    """Why the gold of an example does not survive in a dialect, or None."""
    if "relevance" in example.category and not example.wants_no_call:
        return None  # any call is right: there is no gold to write
    try:
        text = dialect.render(gold_calls(example))
    except ValueError as error:
        return f"its gold cannot be written: {error}"
    try:
        dialect.parse(text)
    except ParseError as error:
        return f"its gold cannot be read back from {text[:100]!r}: {error}"
    verdict = check(example, text, parse=dialect.parse)
    return None if verdict.correct else f"its own gold fails the check: {verdict.example_error or verdict.detail}"


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
    faults = {f"{path}: {one.id}": fault for one in found.examples if (fault := fault_of_gold(one, dialect))}
    kept = [one for one in found.examples if f"{path}: {one.id}" not in faults]
    whole = Loaded(kept, found.rejected | faults).announce(str(path))
    refuse_too_many(whole.rejected, len(whole.examples) + len(whole.rejected), max_rejected)
    return whole.examples
