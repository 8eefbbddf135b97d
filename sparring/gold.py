"""The answer key: plain values in the form of BFCL's gold, and a right answer as calls.

BFCL's gold nests: an argument holds its accepted values, the value of a dict argument is itself {key: [accepted
values]}, and so are dicts inside lists. The one surprise is the empty string: once among the accepted values it says
that the argument may be left out, twice it is a value of its own.
"""

from collections.abc import Sequence
from typing import Any

from sparring.records import Call, Example

OMITTED = ""


def accepted_values(*values: Any) -> list[Any]:
    """The entry of the answer key for plain values, any of which is right: what a call holds, and nothing else."""
    return [_nested(value) for value in values] + [OMITTED] * values.count(OMITTED)


def may_be_omitted(accepted: Sequence[Any]) -> bool:
    """Whether an argument with these accepted values may be left out."""
    return accepted.count(OMITTED) == 1


def gold_calls(example: Example) -> list[Call]:
    """The calls of the gold answer, one accepted value an argument. Empty where no call is right."""
    required = {tool.name: set(tool.parameters.get("required") or ()) for tool in example.tools}
    return [
        Call(
            name=call.name,
            arguments={
                name: plain_value(first_accepted(accepted))
                for name, accepted in call.arguments.items()
                if not may_be_omitted(accepted) or name in required.get(call.name, ())
            },
        )
        for call in example.gold
    ]


def plain_value(value: Any) -> Any:
    """An accepted value as the argument that a call would hold."""
    if isinstance(value, dict):
        return {
            key: plain_value(first_accepted(inner) if isinstance(inner, list) else inner)
            for key, inner in value.items()
            if not (isinstance(inner, list) and may_be_omitted(inner))
        }
    if isinstance(value, list):
        return [plain_value(item) for item in value]
    return value


def first_accepted(accepted: Sequence[Any]) -> Any:
    """The first accepted value that is one; the mark of an omission stands only where nothing else does."""
    return next((value for value in accepted if value != OMITTED), OMITTED)


def _nested(value: Any) -> Any:
    """A plain value in the form of BFCL's gold."""
    if isinstance(value, dict):
        return {key: accepted_values(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_nested(item) for item in value]
    return value
