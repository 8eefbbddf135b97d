"""Java and JavaScript literals to Python values, by the declared type; what does not fit stays the text that it is.

The quirks are the reference's (specification, section 3): a `long` needs its L, a `float` its f, items of a Java array
keep their quotes, a list inside an array or a call inside a value is never looked into.
"""

import re
from typing import Any

JAVA_TYPES: dict[str, type] = {
    "byte": int, "short": int, "integer": int, "long": int, "float": float, "double": float, "boolean": bool, "char": str,
    "String": str, "any": str, "Array": list, "ArrayList": list, "Queue": list, "Stack": list, "Set": set, "HashMap": dict,
    "Hashtable": dict,
}  # fmt: skip
JAVASCRIPT_TYPES: dict[str, type] = {
    "String": str, "integer": int, "float": float, "Bigint": int, "Boolean": bool, "dict": dict, "array": list, "any": str,
}  # fmt: skip
NESTED = {"Array", "ArrayList", "array"}
INTEGER = re.compile(r"-?\d+")
DECIMAL = re.compile(r"-?\d+\.\d+")
AS_LIST = re.compile(r"new\s+ArrayList<\w*>\(Arrays\.asList\((.+?)\)\)")
ADDED = re.compile(r"new\s+ArrayList<\w*>\(\)\s*\{\{\s*(.+?)\s*\}\}", re.DOTALL)
EMPTY_LIST = re.compile(r"new\s+ArrayList<\w*>\(\)")
ARRAY = re.compile(r"new\s+\w+\[\]\s*\{(.*?)\}")
MAP = re.compile(r"new\s+HashMap<.*?>\s*\(\)\s*\{\s*\{?\s*(.*?)\s*\}?\s*\}", re.DOTALL)
EMPTY_MAP = re.compile(r"new\s+HashMap<.*?>\s*\(\)")
JAVASCRIPT_ARRAY = re.compile(r"\[(.*)\]|new\s+Array\((.*)\)")
PUT = re.compile(r"put\(\"(.*?)\",\s*(.*?)\)")


def from_java(text: str, declared: str, item: str | None) -> Any:
    """A Java value of the declared type; the text itself where it is none."""
    if declared in {"byte", "short", "integer"}:
        return int(text) if INTEGER.fullmatch(text) else text
    if declared == "long":
        return int(text[:-1]) if re.fullmatch(r"-?\d+L", text) else text
    if declared == "float":
        return float(text[:-1]) if re.fullmatch(r"-?\d+\.\d+f", text) else text
    if declared == "double":
        return float(text) if re.fullmatch(r"-?\d+(?:\.\d+)?", text) else text
    if declared == "boolean":
        return text == "true" if text in {"true", "false"} else text
    if declared == "Array":
        found = ARRAY.search(text)
        return [_java_item(part.strip(), item) for part in found.group(1).split(",")] if found else text
    if declared in {"ArrayList", "Queue", "Stack"}:
        return _java_list(text, item)
    if declared in {"HashMap", "Hashtable"}:
        return _java_map(text)
    return text


def _java_list(text: str, item: str | None) -> Any:
    if found := AS_LIST.search(text):
        parts = [part.strip() for part in found.group(1).split(",")]
    elif found := ADDED.search(text):
        parts = [part.strip() for part in re.findall(r"add\((.+?)\)", found.group(1))]
    else:
        return [] if EMPTY_LIST.search(text) else text
    return [part[1:-1] if item in {"char", "String"} else _java_item(part, item) for part in parts]


def _java_item(text: str, item: str | None) -> Any:
    return from_java(text, item, None) if item else _java_plain(text)


def _java_map(text: str) -> Any:
    if found := MAP.search(text):
        return {key: _java_plain(value.strip()) for key, value in PUT.findall(found.group(1))}
    return {} if EMPTY_MAP.search(text) else text


def _java_plain(text: str) -> Any:
    """A value whose type nobody declares."""
    if text in {"true", "false"}:
        return text == "true"
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1]
    if INTEGER.fullmatch(text):
        return int(text)
    return float(text) if DECIMAL.fullmatch(text) else text


def from_javascript(text: str, declared: str, item: str | None) -> Any:
    """A JavaScript value of the declared type; the text itself where it is none."""
    if declared == "String":
        return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text
    if declared == "integer":
        return int(text) if INTEGER.fullmatch(text) else text
    if declared == "float":
        return float(text) if re.fullmatch(r"-?\d+\.?\d*", text) else text
    if declared == "Bigint":
        return int(text[:-1]) if re.fullmatch(r"-?\d+n", text) else text
    if declared == "Boolean":
        return text == "true" if text in {"true", "false"} else text
    if declared == "array":
        return _javascript_array(text, item)
    if declared == "dict":
        return _javascript_dict(text)
    return text


def _javascript_array(text: str, item: str | None) -> Any:
    found = JAVASCRIPT_ARRAY.fullmatch(text)
    if found is None:
        return text
    inside = (found.group(1) if found.group(1) is not None else found.group(2)).strip()
    if not inside:
        return []
    if item == "dict":
        return [_javascript_dict(part) for part in re.findall(r"\{.*?\}", inside)]
    parts = [part.strip() for part in inside.split(",")]
    return [from_javascript(part, item, None) if item else _javascript_plain(part) for part in parts]


def _javascript_dict(text: str) -> Any:
    """Up to the first closing brace, as the reference reads it."""
    if text == "{}":
        return {}
    found = re.match(r"\{(.*?)\}", text)
    if found is None:
        return text
    entries: dict[str, Any] = {}
    for part in _split(found.group(1)):
        key, colon, value = part.partition(":")
        if colon:
            entries[key.strip().strip("'\"")] = _javascript_plain(value.strip())
    return entries


def _split(text: str) -> list[str]:
    """Parts between commas that stand outside quotation marks and brackets."""
    return [part for part in re.findall(r"(?:[^,\"'\[]|\"[^\"]*\"|'[^']*'|\[[^\]]*\])+", text) if part.strip()]


def _javascript_plain(text: str) -> Any:
    if text.startswith("[") and text.endswith("]"):
        return [_javascript_plain(part.strip()) for part in _split(text[1:-1])]
    if text in {"true", "false"}:
        return text == "true"
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    if INTEGER.fullmatch(text):
        return int(text)
    return float(text) if DECIMAL.fullmatch(text) else text
