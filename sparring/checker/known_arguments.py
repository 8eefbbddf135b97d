"""The shortest way through Python texts: each written argument is read once, however many texts have it.

A text is split at ", ". What lies between is taken for an argument only where it is complete in itself: a complete
argument, a comma and the next one can be read in one way only. None means "not sure", and the text goes a longer way.
"""

import ast
import re
from typing import Any

from sparring.checker.broken_python import bare_text
from sparring.checker.errors import ParseError
from sparring.checker.plain_python import NAME, RESERVED, SPACE, VALUE, Plain, parsed
from sparring.checker.python_text import MAX_CALLS, parse_expression, value_of

MAX_KEPT = 16_384
MAX_KEPT_CHARS = 160
MAX_PIECES = 128
MAX_JOINED = 8
POSITIONAL = "a positional argument"
_TEXT = r"[^'\\\x00-\x1f\ud800-\udfff]*+"
HEAD = re.compile(rf"(?:{NAME}\[[0-9]++\]\.|'{_TEXT}'\.)?({NAME}(?:\.{NAME})*)")
ARGUMENT = re.compile(rf"(?:({NAME}){SPACE}=(?!=){SPACE}|(\*\*))?(?:'({_TEXT})'|({VALUE})){SPACE}")
Argument = tuple[Any, Any]


class _Kept:
    """What was read so far: function names and arguments by how they are written (None: not one and whole)."""

    def __init__(self) -> None:
        self.heads: dict[str, str] = {}
        self.arguments: dict[str, Argument | None] = {}
        self.others: dict[str, Argument | None] = {}  # positional ones, and those that only Python's parser can read


_kept = {False: _Kept(), True: _Kept()}


def read_known(text: str, strict: bool, odd: bool = False) -> Plain | None:
    """The calls of a text in brackets, or None where it is not of this form; the values are shared between texts.

    Args:
        text: The text.
        strict: See `decode_python`.
        odd: Whether an argument that is no plain literal is given to Python's parser, alone.

    Raises:
        ParseError: It is certainly not readable.
    """
    if text[:1] != "[" or text[-2:] != ")]" or text.count(", ") > MAX_PIECES:
        return None
    kept = _kept[strict]
    calls: Plain = []
    begun, joined = "", 0
    for part in text[1:-2].split("), "):
        call = f"{begun}), {part}" if begun else part
        head, opened, inside = call.partition("(")
        name = kept.heads.get(head) or _name(head, strict)
        if name is None or not opened:
            return None
        known: list[Any] = [kept.arguments.get(piece) for piece in inside.split(", ")]
        pairs = _read(inside, name, strict, odd) if None in known else known
        if pairs is None:
            begun, joined = call, joined + 1
            if joined > MAX_JOINED:
                return None
            continue
        begun = ""
        arguments = dict(pairs)
        if strict and len(arguments) < len(pairs):
            raise ParseError(f"{name} has an argument twice")
        calls.append((name, arguments))
    return calls if not begun and len(calls) <= MAX_CALLS else None


def _name(head: str, strict: bool) -> str | None:
    """The dotted name that a call begins with, without a root that is no name."""
    found = HEAD.fullmatch(head)
    if found is None or not RESERVED.isdisjoint(head.replace("[", ".").split(".")):
        return None
    if strict and found[1] != head:
        raise ParseError("the function is no dotted name")
    if len(head) <= MAX_KEPT_CHARS:
        _keep(_kept[strict].heads, head, found[1])
    return found[1]


def _read(inside: str, call: str, strict: bool, odd: bool) -> list[Argument] | None:
    """The arguments between two parentheses; pieces that are none are joined with what follows them."""
    kept = _kept[strict]
    pairs: list[Argument] = []
    if not inside:
        return pairs
    begun: str | None = None
    for piece in inside.split(", "):
        begun = piece if begun is None else f"{begun}, {piece}"
        pair = kept.arguments.get(begun) or kept.others.get(begun)
        if pair is None:
            if begun.count("[") != begun.count("]") or begun.count("{") != begun.count("}"):
                continue
            pair = None if begun in kept.arguments else _plain(begun, strict)
            if pair is None and odd and begun not in kept.others:
                pair = _odd(begun, strict)
        if pair is None:
            continue
        name = pair[0]
        if strict and (name is None or name is POSITIONAL):
            raise ParseError(f"{call} has a {'starred' if name is None else 'positional'} argument")
        if name is not POSITIONAL:
            pairs.append(pair)
        elif pairs:
            raise ParseError("not readable as calls: positional argument follows keyword argument")
        begun = None
    return pairs if begun is None else None


def _plain(text: str, strict: bool) -> Argument | None:
    """Name and value of one argument; None where the text is not a plain one and whole."""
    found = ARGUMENT.fullmatch(text)
    pair: Argument | None = None
    if found is not None:
        name, starred, quoted, written = found.groups()
        value = quoted if written is None else parsed(written)
        if name not in RESERVED and (value is not None or written == "None"):
            pair = (name, value) if name or starred else (POSITIONAL, None)
    if len(text) <= MAX_KEPT_CHARS:
        ordinary = pair is None or (isinstance(pair[0], str) and pair[0] is not POSITIONAL)
        _keep(_kept[strict].arguments, text, pair if ordinary else None)
        if not ordinary:
            _keep(_kept[strict].others, text, pair)
    return pair


def _odd(text: str, strict: bool) -> Argument | None:
    """An argument that only Python's parser can read, by itself; None where it is not one and whole."""
    if len(text) > MAX_KEPT_CHARS or "\n" in text or "\r" in text or "#" in text:
        return None
    bare = bare_text(text)
    if bare is None or bare.count("(") != bare.count(")") or bare.rstrip()[-1:] == ",":
        return None
    pair: Argument | None = None
    try:
        tree = parse_expression(f"f({text})")
    except ParseError:
        tree = None
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name):
        match tree:
            case ast.Call(args=[], keywords=[ast.keyword(arg=str(name), value=value)]):
                pair = name, value_of(value, strict)
            case ast.Call(args=[value], keywords=[]) if not isinstance(value, ast.GeneratorExp | ast.Starred):
                pair = POSITIONAL, None
    _keep(_kept[strict].others, text, pair)
    return pair


def _keep(kept: dict[str, Any], text: str, found: Any) -> None:
    if len(kept) >= MAX_KEPT:
        kept.clear()
    kept[text] = found
