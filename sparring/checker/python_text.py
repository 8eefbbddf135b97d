"""Text to calls for Python: `ast.parse`, then a walk over a whitelist of nodes. Nothing in the text is ever executed.

`strict=False` follows the reference's decoder rule by rule (specification, section 2); `strict=True` refuses what the
reference drops silently. Operations on constants are folded within bounds; a name or a call inside one fails.
"""

import ast
import operator
import re
import warnings
from typing import Any

from sparring.checker.errors import ParseError

UNREADABLE = "not readable as calls"  # alone: what Python says of a text's syntax differs from version to version
MAX_CHARS = 10_000
MAX_NESTING = 60
MAX_CALLS = 64
MAX_NODES = 4_000
MAX_FOLDED_BITS = 2_048
MAX_FOLDED_LENGTH = 4_096
MAX_SIGN_RUN = 100
MAX_INTEGER_BITS = 14_000  # Python writes no integer of more than 4,300 digits, so no verdict could show one
JSON_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}
FENCE = re.compile(r"^\s*```[A-Za-z_+-]*[ \t]*\r?\n(.*?)\r?\n?```\s*$", re.DOTALL)
SIGN_RUN = re.compile(rf"(?:[-+~]\s*){{{MAX_SIGN_RUN}}}")

for category in (SyntaxWarning, DeprecationWarning):  # "\d" in a model's text concerns nobody; scoped to parsed texts
    warnings.filterwarnings("ignore", category=category, module="<unknown>")

Arguments = dict[Any, Any]
DecodedCall = tuple[str, Arguments]

_FOLDS: dict[type[ast.operator], Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
}
_SIGNS: dict[type[ast.unaryop], Any] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
    ast.Not: operator.not_,
}


def decode_by_parser(bracketed: str, strict: bool) -> list[DecodedCall]:
    """The calls in a text in brackets, by Python's own parser: what the quick reader is measured by."""
    tree = parse_expression(bracketed)
    elements = [tree] if isinstance(tree, ast.Call) else getattr(tree, "elts", [tree])
    calls: list[DecodedCall] = []
    for element in elements:
        if not isinstance(element, ast.Call):
            raise ParseError(UNREADABLE)
        if len(calls) == MAX_CALLS:
            raise ParseError(f"more than {MAX_CALLS} calls")
        calls.append(_call(element, strict))
    return calls


def bracketed(text: str, strict: bool) -> str:
    """The text between brackets, without fences and quotes around it, as the reference cleans it.

    Raises:
        ParseError: It is longer than what is read.
    """
    if len(text) > MAX_CHARS:
        raise ParseError(f"the text has {len(text)} characters, at most {MAX_CHARS} are read")
    if text[:1] == "[" and text[-1:] == "]":
        return text
    if strict:
        fenced = FENCE.match(text)
        text = (fenced.group(1) if fenced else text).strip()
    text = text.strip("`\n ")
    if not text.startswith("["):
        text = "[" + text
    if not text.endswith("]"):
        text += "]"
    return text.strip().strip("'")


def parse_expression(text: str) -> ast.expr:
    """The syntax tree of an expression that nests within the limits.

    Raises:
        ParseError: It nests deeper, or Python cannot read it.
    """
    if _nesting(text) > MAX_NESTING or SIGN_RUN.search(text):
        raise ParseError(f"brackets or signs nest deeper than {MAX_NESTING}")
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ParseError(UNREADABLE) from None


def _nesting(text: str) -> int:
    """How deep brackets nest; at most as deep as there are opening ones."""
    opening = text.count("(") + text.count("[") + text.count("{")
    if opening <= MAX_NESTING:
        return opening
    depth = deepest = 0
    for character in text:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth -= 1
    return deepest


def _call(node: ast.Call, strict: bool) -> DecodedCall:
    parts: list[str] = []
    function: ast.expr = node.func
    while isinstance(function, ast.Attribute):
        parts.append(function.attr)
        function = function.value
    if isinstance(function, ast.Name):
        parts.append(function.id)
    elif strict:
        raise ParseError("the function is no dotted name")
    name = ".".join(reversed(parts))
    if strict and node.args:
        raise ParseError(f"{name} has a positional argument")
    arguments: Arguments = {}
    for keyword in node.keywords:
        starred = keyword.arg is None and strict
        if starred and not isinstance(keyword.value, ast.Dict):
            raise ParseError(f"{name} has a starred argument")
        given = value_of(keyword.value, strict)
        for key, value in given.items() if starred else [(keyword.arg, given)]:
            if strict and key in arguments:
                raise ParseError(f"{name} has {key} twice")
            arguments[key] = value
    return name, arguments


def value_of(node: ast.expr | None, strict: bool) -> Any:  # noqa: PLR0912  one line a kind of node
    """What an argument is worth: literals as values, everything else as its text or refused.

    Raises:
        ParseError: It is nothing that an argument may be.
    """
    match node:
        case ast.Constant(value=value):
            if isinstance(value, int) and value.bit_length() > MAX_INTEGER_BITS:
                raise ParseError("an integer is too long")
            return "..." if value is Ellipsis else value
        case ast.UnaryOp():
            return _signed(node, strict)
        case ast.List(elts=items):
            return [value_of(item, strict) for item in items]
        case ast.Tuple(elts=items):
            return tuple(value_of(item, strict) for item in items)
        case ast.Set(elts=items) if strict:  # JSON has no set; LFM2's runtime reads a list
            return [value_of(item, strict) for item in items]
        case ast.Dict(keys=keys, values=values):
            try:
                made = {value_of(k, strict): value_of(v, strict) for k, v in zip(keys, values, strict=True)}
            except TypeError:
                raise ParseError("a dictionary has a key that cannot be one") from None
            if strict and len(made) != len(keys):
                raise ParseError("a dictionary has a key twice")
            return made
        case ast.BinOp():
            return _folded(node)
        case ast.Name(id=name):
            return JSON_WORDS.get(name, name) if strict else name
        case ast.Call(keywords=[]):
            return _source(node)
        case ast.Call():
            name, arguments = _call(node, strict)
            return {name: arguments}
        case ast.Subscript():
            return _source(node)
        case None:
            raise ParseError("a dictionary is unpacked")
        case _:
            raise ParseError(f"an argument is a {type(node).__name__}, which is no value")


def _source(node: ast.expr) -> str:
    try:
        return ast.unparse(node)
    except (RecursionError, ValueError):
        raise ParseError("an argument nests too deeply") from None


def _signed(node: ast.UnaryOp, strict: bool) -> Any:
    """The reference negates whatever the sign is: `+5` is -5 there."""
    operand = node.operand
    if not isinstance(operand, ast.Constant) or not isinstance(operand.value, int | float | complex):
        raise ParseError("a sign stands before what is no number")
    if strict:
        if isinstance(operand.value, bool) or isinstance(node.op, ast.Not | ast.Invert):
            raise ParseError("a sign stands before what is no number")
        return operand.value if isinstance(node.op, ast.UAdd) else -operand.value
    return -operand.value


def _folded(node: ast.expr) -> Any:
    """Value of an operation on constants, within bounds."""
    match node:
        case ast.Constant(value=value) if isinstance(value, int | float | complex | str):
            return value
        case ast.UnaryOp(op=op, operand=operand):
            return _bounded(lambda: _SIGNS[type(op)](_folded(operand)))
        case ast.List(elts=items):
            return [_folded(item) for item in items]
        case ast.Tuple(elts=items):
            return tuple(_folded(item) for item in items)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _FOLDS:
            a, b = _folded(left), _folded(right)
            _refuse_growth(op, a, b)
            return _bounded(lambda: _FOLDS[type(op)](a, b))
        case _:
            raise ParseError("an operation on what is no constant")


def _refuse_growth(op: ast.operator, a: Any, b: Any) -> None:
    """Refuses, before computing, what could be larger than the bounds."""
    whole = isinstance(a, int) and isinstance(b, int)
    if isinstance(op, ast.Pow) and whole:
        too_much = b > 0 and a.bit_length() * b > MAX_FOLDED_BITS
    elif isinstance(op, ast.LShift) and whole:
        too_much = b > MAX_FOLDED_BITS
    elif isinstance(op, ast.Mult):
        sizes = [len(value) for value in (a, b) if isinstance(value, str | list | tuple)]
        counts = [value for value in (a, b) if isinstance(value, int)]
        too_much = bool(sizes and counts and sizes[0] * max(counts[0], 0) > MAX_FOLDED_LENGTH)
    elif isinstance(op, ast.Mod) and isinstance(a, str):
        too_much = True  # text formatting can ask for any width
    else:
        too_much = False
    if too_much:
        raise ParseError("an operation on constants is too large")


def _bounded(compute: Any) -> Any:
    try:
        value = compute()
    except (TypeError, ValueError, ArithmeticError):
        raise ParseError("an operation on constants has no value") from None
    if isinstance(value, int) and value.bit_length() > MAX_FOLDED_BITS:
        raise ParseError("an operation on constants is too large")
    return value
