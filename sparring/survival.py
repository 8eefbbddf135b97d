"""Gold must survive: written, read back and checked in the run's dialect it is right, or the row proves nothing.

A dialect may have no way to write a name or a value; a target trained or asked in it could then never be right.
"""

from collections.abc import Mapping, Sequence

from sparring.checker import ParseError
from sparring.checker.check import check
from sparring.dialects import Dialect
from sparring.gold import gold_calls
from sparring.records import Example


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


def surviving(examples: Sequence[Example], dialect: Dialect) -> tuple[list[Example], Mapping[str, str]]:
    """The examples whose gold survives, and the reasons of the others by id."""
    faults = {example.id: fault for example in examples if (fault := fault_of_gold(example, dialect)) is not None}
    return [example for example in examples if example.id not in faults], faults
