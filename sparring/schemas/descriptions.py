"""What a parameter's schema says in words: its default is often only told in the description."""

import re
from typing import Any

UNSTATED: Any = object()
DEFAULT = re.compile(
    r"\bdefaults?(?:\s+value)?(?:\s+is|\s+to|\s*[:=])\s*(?:'([^']*)'|\"([^\"]*)\"|(-?\d+(?:\.\d+)?|true|false|none)\b)",
    re.IGNORECASE,
)
BARE_DEFAULT = re.compile(
    r"\bdefaults?(?:\s+value)?(?:\s+is|\s+to|\s*[:=])\s*`?([A-Za-z][\w-]*)`?(?=\s*(?:[.,;)\]]|\Z))", re.IGNORECASE
)
NO_VALUES = frozenset({"none", "null", "empty", "unknown", "unset", "nothing", "optional", "required", "current"})


def stated_default(schema: Any) -> Any:
    """The default that a schema states, by `default` or in its description; UNSTATED where it states none."""
    if not isinstance(schema, dict):
        return UNSTATED
    if "default" in schema:
        return schema["default"]
    found = DEFAULT.search(str(schema.get("description", "")))
    if found is None:
        return UNSTATED
    single, double, bare = found.groups()
    if bare is None:
        return single if single is not None else double
    return _bare(bare, schema.get("type"))


def meant_default(schema: Any) -> Any:
    """The value that an absent argument has: the stated default, a bare word of the description too, in its type.

    What a prompt shows is `stated_default`: a value as it was written, and nothing guessed.
    """
    default = stated_default(schema)
    if default is UNSTATED and isinstance(schema, dict) and schema.get("type") in ("string", None):
        found = BARE_DEFAULT.search(str(schema.get("description", "")))
        word = found.group(1) if found is not None else ""
        default = word if word and word.lower() not in NO_VALUES else UNSTATED
    if isinstance(default, str) and isinstance(schema, dict):
        return _in_type(default, schema.get("type"))
    return default


def _in_type(word: str, kind: Any) -> Any:
    """A default that is written as text, as the value of its type."""
    if kind == "boolean":
        return {"true": True, "false": False}.get(word.lower(), word)
    try:
        return int(word) if kind == "integer" else float(word) if kind in {"float", "number"} else word
    except ValueError:
        return word


def _bare(word: str, kind: Any) -> Any:
    named = {"true": True, "false": False, "none": None}
    if word.lower() in named:
        return named[word.lower()]
    if kind == "integer":
        return int(word) if "." not in word else UNSTATED
    return float(word) if kind == "float" else word if kind == "string" else UNSTATED
