"""What a parameter's schema says in words: its default is often only told in the description."""

import re
from typing import Any

UNSTATED: Any = object()
DEFAULT = re.compile(
    r"\bdefaults?(?:\s+value)?(?:\s+is|\s+to|\s*[:=])\s*(?:'([^']*)'|\"([^\"]*)\"|(-?\d+(?:\.\d+)?|true|false|none)\b)",
    re.IGNORECASE,
)


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


def _bare(word: str, kind: Any) -> Any:
    named = {"true": True, "false": False, "none": None}
    if word.lower() in named:
        return named[word.lower()]
    if kind == "integer":
        return int(word) if "." not in word else UNSTATED
    return float(word) if kind == "float" else word if kind == "string" else UNSTATED
