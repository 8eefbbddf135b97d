"""A right answer as calls: of the accepted values the first, with what may be left out left out.

BFCL's gold nests: the value of a dict argument is itself {key: [accepted values]}, and so are the items of a list of
dicts.
"""

from typing import Any

from sparring.records import Call, Example

OMITTED = ""


def gold_calls(example: Example) -> list[Call]:
    """The calls of the gold answer, one accepted value an argument. Empty where no call is right."""
    return [
        Call(
            name=call.name,
            arguments={
                name: _plain(accepted[0], name, example)
                for name, accepted in call.arguments.items()
                if accepted and OMITTED not in accepted
            },
        )
        for call in example.gold
    ]


def _plain(value: Any, name: str, example: Example) -> Any:
    """An accepted value as the argument that a call would hold."""
    if isinstance(value, dict):
        return _plain_dict(value, name, example)
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        return [_plain_dict(item, name, example) for item in value]
    return value


def _plain_dict(value: dict[str, Any], name: str, example: Example) -> dict[str, Any]:
    plain = {}
    for key, accepted in value.items():
        if not isinstance(accepted, list) or not accepted:
            raise ValueError(f"example {example.id}: argument {name}.{key} has no list of accepted values")
        if OMITTED not in accepted:
            plain[key] = _plain(accepted[0], f"{name}.{key}", example)
    return plain
