"""Whether a row survives its dialect: its right answer, written, read back and checked, is right; its history is said.

Asked of every row before anything trains on it or is asked: a row that a dialect cannot write is at fault, not the
model that answers it.
"""

from sparring.checker import check
from sparring.dialects.base import Dialect
from sparring.gold import gold_calls
from sparring.records import Example


def fault_of_row(example: Example, dialect: Dialect) -> str | None:
    """Why an example cannot be asked in a dialect, or why its gold is not right once it is written there, or None.

    A row that wants any call, and names none, has no gold to write.
    """
    for number, message in enumerate(example.messages, start=1):
        if message.tool_calls and (reason := dialect.unwritable(message.tool_calls)) is not None:
            return f"message {number}: {reason}"
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
