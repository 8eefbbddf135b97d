"""A right answer as calls: of the accepted values the first, with what may be left out left out.

BFCL's gold nests: the value of a dict argument is itself {key: [accepted values]}, and so are the items of a list of
dicts.
"""

from typing import Any

from sparring.records import Call, Example

OMITTED = ""


def gold_calls(example: Example) -> list[Call]:
    """The calls of the gold answer, one accepted value an argument. Empty where no call is right."""
    required = {tool.name: set(tool.parameters.get("required") or ()) for tool in example.tools}
    return [
        Call(
            name=call.name,
            arguments={
                name: _plain(_first(accepted))
                for name, accepted in call.arguments.items()
                if OMITTED not in accepted or name in required.get(call.name, ())
            },
        )
        for call in example.gold
    ]


def _first(accepted: list[Any]) -> Any:
    """The first accepted value that is one; the mark of an omission stands only where nothing else does."""
    return next((value for value in accepted if value != OMITTED), OMITTED)


def _plain(value: Any) -> Any:
    """An accepted value as the argument that a call would hold."""
    if isinstance(value, dict):
        return {
            key: _plain(_first(inner) if isinstance(inner, list) else inner)
            for key, inner in value.items()
            if not (isinstance(inner, list) and OMITTED in inner)
        }
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return [_plain(item) for item in value]
    return value
