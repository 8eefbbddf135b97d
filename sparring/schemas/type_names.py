"""Names of types as people write them, as JSON Schema: `str`, `List[int]`, `Union[int, float]`, `STRING`, `dict`.

Tool documents of public data sets hold Python's annotations where JSON Schema has a word. A name that nobody knows is
None, and the caller decides what that means.
"""

import re
from collections.abc import Sequence
from typing import Any

WORDS = {
    "string": "string str char text date datetime time timestamp uuid uri url email file path bytes",
    "integer": "integer int long short int32 int64",
    "number": "number float double decimal",
    "boolean": "boolean bool",
    "array": "array list tuple set frozenset sequence iterable arraylist",
    "object": "object dict mapping map hashmap json struct",
    "null": "null none nonetype void",
}
JSON_NAMES = {word: name for name, words in WORDS.items() for word in words.split()}
ANY_NAMES = frozenset({"any", "callable", "mixed", "unknown"})
TOKEN = re.compile(r"\s*(?:([\w.]+)|(\"[^\"]*\"|'[^']*')|([\[\],|])|(\S))")
MAX_CHARS = 200
MAX_DEPTH = 10


def schema_of_type(text: str) -> dict[str, Any] | None:
    """The schema of a type's name; empty where every value is admitted, None where the name is unknown.

    What follows a comma outside brackets is a remark ("int, optional").
    """
    if len(text) > MAX_CHARS:
        return None
    tokens = [next(part for part in found.groups() if part) for found in TOKEN.finditer(text) if found.group().strip()]
    reader = _Reader(tokens)
    try:
        made = reader.union(0)
    except (_Unreadable, IndexError):
        return None
    return made if reader.place == len(tokens) or tokens[reader.place] == "," else None


def is_optional_type(text: str) -> bool:
    """Whether a type's name says that the argument may be left out: "int, optional", `Optional[str]`, `str | None`."""
    made = schema_of_type(text)
    nullable = made is not None and made.get("type") != "null" and "null" in admitted_types(made)
    return nullable or "optional" in text.lower()


def union(schemas: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Any of several schemas as one."""
    different = [schema for number, schema in enumerate(schemas) if schema not in schemas[:number]]
    if not all(different):
        return {}
    if len(different) == 1:
        return different[0]
    if all(schema.keys() == {"type"} and isinstance(schema["type"], str) for schema in different):
        return {"type": [schema["type"] for schema in different]}
    return {"anyOf": different}


def admitted_types(schema: dict[str, Any]) -> list[str]:
    """The types that a schema which was read admits, in itself or in a branch."""
    kind = schema.get("type", [])
    branches = [one for key in ("anyOf", "oneOf") for one in schema.get(key, ()) if isinstance(one, dict)]
    return [*([kind] if isinstance(kind, str) else kind), *(name for one in branches for name in admitted_types(one))]


class _Unreadable(ValueError):
    """The text is no annotation."""


class _Reader:
    """Reads an annotation token by token."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens = tokens
        self.place = 0

    def union(self, depth: int) -> dict[str, Any]:
        """Types between `|` or the word "or"."""
        if depth > MAX_DEPTH:
            raise _Unreadable
        found = [self._single(depth)]
        while self.place < len(self.tokens) and self.tokens[self.place].lower() in {"|", "or"}:
            self.place += 1
            found.append(self._single(depth))
        return union(found)

    def _single(self, depth: int) -> dict[str, Any]:
        name = self._next().rpartition(".")[2].lower()
        if name == "literal":
            return {"enum": self._literals()}
        arguments = self._arguments(depth) if self._at("[") else []
        if name in {"optional", "union"} and arguments:
            return union([*arguments, {"type": "null"}] if name == "optional" else arguments)
        if name == "annotated" and arguments:
            return arguments[0]
        if name in ANY_NAMES:
            return {}
        if name not in JSON_NAMES:
            raise _Unreadable
        kind = JSON_NAMES[name]
        if kind == "array" and arguments:
            return {"type": kind, "items": union(arguments)}
        if kind == "object" and len(arguments) == 2 and arguments[1]:
            return {"type": kind, "additionalProperties": arguments[1]}
        return {"type": kind}

    def _arguments(self, depth: int) -> list[dict[str, Any]]:
        """What stands in brackets; an ellipsis is skipped, a bracket inside (of a Callable) admits everything."""
        found: list[dict[str, Any]] = []
        self.place += 1
        while not self._at("]"):
            if self._at("["):
                self._arguments(depth + 1)
                found.append({})
            elif self.tokens[self.place] == "...":
                self.place += 1
            else:
                found.append(self.union(depth + 1))
            if self._at(","):
                self.place += 1
        self.place += 1
        return found

    def _literals(self) -> list[Any]:
        words = {"true": True, "false": False, "none": None}
        found: list[Any] = []
        if self._next() != "[":
            raise _Unreadable
        while (token := self._next()) != "]":
            if token[0] in "\"'":
                found.append(token[1:-1])
            elif token.isdecimal() or token.lower() in words:
                found.append(int(token) if token.isdecimal() else words[token.lower()])
            elif token != ",":
                raise _Unreadable
        return found

    def _at(self, token: str) -> bool:
        return self.place < len(self.tokens) and self.tokens[self.place] == token

    def _next(self) -> str:
        self.place += 1
        return self.tokens[self.place - 1]
