"""A value as Python writes it, `{'name': 'f', 'arguments': {'exact': True}}`, read out of a text; nothing is executed.

Models of the Hermes family write their calls so as often as in JSON.
"""

import ast
import re
from typing import Any

from sparring.checker.errors import ParseError
from sparring.checker.python_text import JSON_WORDS, parse_expression

CLOSING = {"{": "}", "[": "]"}
PIECE = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^'\"{}\[\]]+|[{}\[\]]", re.DOTALL)


def python_value_at(text: str, place: int) -> tuple[Any, int]:
    """The dictionary or list that begins at a place, and where it ends.

    Raises:
        ParseError: None begins there, a key is no text or stands twice, or a value is none that JSON holds.
    """
    if text[place : place + 1] not in CLOSING:
        raise ParseError("neither JSON nor a Python dictionary")
    expected: list[str] = []
    parts: list[str] = []
    while (found := PIECE.match(text, place)) is not None:
        part = found.group()
        place = found.end()
        parts.append(part.replace("\r", "\\r").replace("\n", "\\n") if part[0] in "'\"" else part)
        if part in CLOSING:
            expected.append(CLOSING[part])
        elif part in {"}", "]"}:
            if expected.pop() != part:
                break
            if not expected:
                return _literal(parse_expression("".join(parts))), place
    raise ParseError("neither JSON nor a Python dictionary: brackets or quotes are not closed")


def _literal(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=bool() | int() | float() | str() | None as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return -value
        case ast.Name(id=name) if name in JSON_WORDS:
            return JSON_WORDS[name]
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return [_literal(item) for item in items]
        case ast.Dict(keys=keys, values=values):
            made = {_key(key): _literal(value) for key, value in zip(keys, values, strict=True)}
            if len(made) != len(keys):
                raise ParseError("a key stands twice in one dictionary")
            return made
        case _:
            raise ParseError(f"neither JSON nor a Python value: {type(node).__name__}")


def _key(node: ast.expr | None) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise ParseError("a key is no text")
