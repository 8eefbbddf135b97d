"""Python calls in a list, `[f(x=1), g.h(y='a')]`: BFCL's prompting form, Llama 4's and xLAM's pythonic one.

Tools are shown as compact Python signatures in the system message: half the tokens of a JSON schema.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sparring.checker import read_answer
from sparring.checker.loose_python import is_stable
from sparring.checker.python_text import DecodedCall
from sparring.dialects.base import ChatMessage, Dialect, one_line
from sparring.prompts import render_prompt
from sparring.records import Call, Example, Tool
from sparring.schemas.descriptions import UNSTATED, stated_default

PYTHON_TYPES = {
    "string": "str",
    "integer": "int",
    "float": "float",
    "boolean": "bool",
    "number": "float",
    "array": "list",
    "tuple": "tuple",
    "dict": "dict",
    "object": "dict",
    "null": "None",
    "any": "Any",
}
MAX_DESCRIPTION = 100
MAX_PARAMETER_DESCRIPTION = 80
FORMAT = re.compile(
    r"\bformat|\be\.g\.|\bfor example|\bin (?:meters|metres|kg|kilograms|celsius|seconds)\b", re.IGNORECASE
)


class Pythonic(Dialect):
    """Calls as Python."""

    def messages(self, example: Example) -> list[ChatMessage]:
        """A system message with the tools' signatures, then the conversation (its own system text joins the first)."""
        conversation = super().messages(example)
        system = render_prompt("target", signatures=[signature(tool) for tool in example.tools])
        own = [message["content"] for message in conversation if message["role"] == "system"]
        others = [message for message in conversation if message["role"] != "system"]
        return [{"role": "system", "content": "\n".join([system, *own])}, *others]

    def schemas(self, example: Example) -> list[dict[str, Any]] | None:
        """None: the system message shows the tools."""
        return None

    def render(self, calls: Sequence[Call]) -> str:
        """`[name(argument=value)]`, or `[]`."""
        return f"[{', '.join(map(_call, calls))}]"

    def parse(self, text: str) -> list[DecodedCall]:
        """Calls of a Python list, strictly read; none where the text is prose."""
        return read_answer(text)


def _call(call: Call) -> str:
    """One call; arguments that are no identifiers follow in a dictionary, `f(city='Oslo', **{'user-id': 7})`."""
    plain = {name: value for name, value in call.arguments.items() if name.isidentifier() and is_stable(name)}
    others = {name: value for name, value in call.arguments.items() if name not in plain}
    parts = [f"{name}={value!r}" for name, value in plain.items()] + ([f"**{others!r}"] if others else [])
    return f"{call.name}({', '.join(parts)})"


def signature(tool: Tool) -> str:
    """A tool as one line of Python, and one line a parameter whose description says how its value is written."""
    properties = tool.parameters.get("properties", {})
    lines = [f"{tool.name}({_parameters(tool.parameters)})  # {_cut(one_line(tool.description), MAX_DESCRIPTION)}"]
    for name, schema in properties.items():
        said = _way_to_write(one_line(str(schema.get("description", ""))))
        if said:
            lines.append(f"  {name}: {said}")
        elif isinstance(schema.get("format"), str):
            lines.append(f"  {name}: format {one_line(schema['format'])}")
    return "\n".join(lines)


def _way_to_write(description: str) -> str:
    """A parameter's description where it says how the value is written; of a long one its beginning, and that part."""
    cue = FORMAT.search(description)
    if cue is None or len(description) <= MAX_PARAMETER_DESCRIPTION:
        return description if cue else ""
    told = _cut(description[cue.start() :], MAX_PARAMETER_DESCRIPTION)
    begun = description[: max(0, MAX_PARAMETER_DESCRIPTION - len(told) - 2)].rpartition(" ")[0]
    return f"{begun}… {told}" if begun else told


def _parameters(schema: dict[str, Any], quoted: bool = False) -> str:
    """The properties of an object, each with its type, and a default where it may be left out."""
    required = set(schema.get("required") or ())
    return ", ".join(
        _parameter(repr(name) if quoted else name, inner, name in required)
        for name, inner in schema.get("properties", {}).items()
    )


def _parameter(name: str, schema: dict[str, Any], required: bool) -> str:
    kind = _type(schema)
    if required:
        return f"{name}: {kind}"
    default = stated_default(schema)
    return f"{name}: {kind} = {'...' if default is UNSTATED else repr(default)}"


def _type(schema: Any) -> str:
    """A schema as an annotation: `str | None`, `'c' | 'f'`, `list[int]`, `{'limit': int}`; what is none takes all."""
    if not isinstance(schema, dict):
        return "Any"
    schema = {key: value for branch in schema.get("allOf") or () for key, value in branch.items()} | schema
    if "const" in schema:
        return repr(schema["const"])
    if schema.get("enum"):
        return " | ".join(map(repr, schema["enum"]))
    branches = [branch for key in ("anyOf", "oneOf") for branch in schema.get(key) or ()]
    if branches:
        return _either(map(_type, branches))
    kinds = schema.get("type")
    named = [_named_type(str(kind), schema) for kind in (kinds if isinstance(kinds, list) else [kinds])]
    return _either([*named, *(["None"] if schema.get("nullable") is True else [])])


def _named_type(kind: str, schema: dict[str, Any]) -> str:
    name = PYTHON_TYPES.get(kind, "Any")
    items, values = schema.get("items"), schema.get("additionalProperties")
    if name in {"list", "tuple"} and isinstance(items, dict):
        return f"{name}[{_type(items)}]"
    if name == "dict" and schema.get("properties"):
        return f"{{{_parameters(schema, quoted=True)}}}"
    return f"dict[str, {_type(values)}]" if name == "dict" and isinstance(values, dict) else name


def _either(kinds: Iterable[str]) -> str:
    return " | ".join(dict.fromkeys(kinds))


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rsplit(" ", 1)[0] + "…"
