"""Whether a right answer survives its dialect: written, read back and checked, it is right.

Asked of every row before anything trains on it or is asked: a row whose gold a dialect cannot write is at fault, not
the model that answers it.
"""

from sparring.checker import check
from sparring.dialects.base import Dialect
from sparring.gold import gold_calls
from sparring.records import Example


def fault_of_gold(example: Example, dialect: Dialect) -> str | None:
    """Why the gold of an example is not right once it is written in a dialect, or None where it is.

    A row that wants any call, and names none, has no gold to write.
    """
    if example.category.endswith("relevance") and not example.wants_no_call:
        return None
    calls = gold_calls(example)
    reason = dialect.unwritable(calls)
    if reason is not None:
        return reason
    verdict = check(example, dialect.render(calls), parse=dialect.parse)
    if verdict.example_error is not None:
        return verdict.example_error
    return None if verdict.correct else f"the gold is judged wrong: {verdict.failure}: {verdict.detail}"
