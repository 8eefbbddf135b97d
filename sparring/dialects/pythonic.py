"""Python calls in a list, `[f(x=1), g.h(y='a')]`: BFCL's prompting form, Llama 4's and xLAM's pythonic one.

Tools are shown as compact Python signatures in the system message: half the tokens of a JSON schema.
"""

import re
from collections.abc import Sequence
from typing import Any

from sparring.checker import read_answer
from sparring.checker.loose_python import is_stable
from sparring.checker.python_text import DecodedCall
from sparring.dialects.base import ChatMessage, Dialect, one_line
from sparring.prompts import render_prompt
from sparring.records import Call, Example, Tool
from sparring.schema import UNSTATED, stated_default

PYTHON_TYPES = {
    "string": "str",
    "integer": "int",
    "float": "float",
    "boolean": "bool",
    "array": "list",
    "tuple": "tuple",
    "dict": "dict",
    "any": "Any",
}
MAX_DESCRIPTION = 100
MAX_PARAMETER_DESCRIPTION = 60
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
    required = set(tool.parameters.get("required") or ())
    parameters = ", ".join(_parameter(name, schema, name in required) for name, schema in properties.items())
    lines = [f"{tool.name}({parameters})  # {_cut(one_line(tool.description), MAX_DESCRIPTION)}"]
    for name, schema in properties.items():
        said = _cut(one_line(str(schema.get("description", ""))), MAX_PARAMETER_DESCRIPTION)
        if FORMAT.search(said):
            lines.append(f"  {name}: {said}")
    return "\n".join(lines)


def _parameter(name: str, schema: dict[str, Any], required: bool) -> str:
    kind = _type(schema)
    if required:
        return f"{name}: {kind}"
    default = stated_default(schema)
    return f"{name}: {kind} = {'...' if default is UNSTATED else repr(default)}"


def _type(schema: dict[str, Any]) -> str:
    if schema.get("enum"):
        return " | ".join(repr(value) for value in schema["enum"][:12])
    kind = PYTHON_TYPES.get(str(schema.get("type")), "Any")
    items = schema.get("items")
    return f"{kind}[{_type(items)}]" if kind in {"list", "tuple"} and isinstance(items, dict) else kind


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rsplit(" ", 1)[0] + "…"
