"""How an endpoint is asked for its API's own tools: strict mode, which tool must be called, several calls or one.

An audit asks for calls and for none, so a choice that leaves one right answer to neither leaves rows out: `fits` says
which rows can be answered rightly at all. The one surprise: a tool that strict mode does not take is sent as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sparring.dialects.base import openai_tool
from sparring.errors import InputError
from sparring.records import Example, Tool
from sparring.schemas.json_schema import Schema
from sparring.schemas.strict import NotStrictError, strict_parameters

AUTO, REQUIRED, NONE = "auto", "required", "none"
CHOICES = (AUTO, REQUIRED, NONE)
ASKED = ("strict", "tool_choice", "parallel_tool_calls")


@dataclass(frozen=True)
class ToolUse:
    """What a request says of its tools.

    Attributes:
        strict: Whether each tool that can be is strict.
        choice: One of CHOICES, or a tool's own name; None says nothing.
        parallel: Whether an answer may hold several calls; None says nothing.
    """

    strict: bool = False
    choice: str | None = None
    parallel: bool | None = None

    @property
    def is_usual(self) -> bool:
        """Whether nothing is said."""
        return self == USUAL

    def __str__(self) -> str:
        """How a request is asked, as the options say it."""
        parts = [f"with --tool-choice {self.choice}"] if self.choice is not None else []
        parts += ["in strict mode"] if self.strict else []
        parts += ["with several calls in one answer" if self.parallel else "with one call in one answer"] * (
            self.parallel is not None
        )
        return ", ".join(parts)

    def apply(self, body: dict[str, Any], example: Example, names: Mapping[str, str]) -> dict[str, Schema]:
        """Says it in a request that shows the tools of an example.

        Args:
            body: The request, changed in place.
            example: The row.
            names: From the tools' own names to those on the wire.

        Returns:
            By a tool's own name its parameters before they were made strict; tools that were made so alone.
        """
        if self.choice is not None:
            body["tool_choice"] = self.choice if self.choice in CHOICES else _forced(self.choice, example, names)
        if self.parallel is not None:
            body["parallel_tool_calls"] = self.parallel
        if not self.strict:
            return {}
        made = {tool.name: _made_strict(sent) for tool, sent in zip(example.tools, body["tools"], strict=True)}
        return {name: before for name, before in made.items() if before is not None}

    def fits(self, example: Example) -> bool:
        """Whether a request like this can be answered rightly."""
        if self.parallel is False and len(example.gold) > 1:
            return False
        if self.choice in (None, AUTO):
            return True
        if self.choice == NONE:
            return example.wants_no_call
        return bool(example.gold) and (self.choice == REQUIRED or {call.name for call in example.gold} == {self.choice})


USUAL = ToolUse()


def check_tool_use(use: ToolUse, shows_tools: bool, dialect: str) -> None:
    """Whether an audit can ask like this.

    Raises:
        InputError: The dialect shows tools in the messages, or no request that wants a call could be answered.
    """
    if use.is_usual:
        return
    if not shows_tools:
        raise InputError(
            "strict mode, a choice of tool and parallel calls (options, or section audit of params.yaml) are of the "
            f"API's own tools, and {dialect} shows tools in the messages: give a --dialect that does not, as hermes"
        )
    if use.choice == NONE:
        raise InputError(
            f"--tool-choice {NONE}: no request that wants a call could be answered; an audit needs such requests "
            f"({AUTO}, {REQUIRED} or a tool's name)"
        )


def not_strict(tools: Sequence[Tool]) -> dict[str, str]:
    """The tools that strict mode does not take, each with the reason."""
    found = {}
    for tool in tools:
        try:
            strict_parameters(openai_tool(tool)["function"]["parameters"])
        except NotStrictError as error:
            found[tool.name] = str(error)
    return found


def _made_strict(tool: dict[str, Any]) -> Schema | None:
    """Makes a tool on the wire strict, and gives what its parameters were; None where that cannot be."""
    function = tool["function"]
    before: Schema = function["parameters"]
    try:
        function["parameters"] = strict_parameters(before)
    except NotStrictError:
        return None
    function["strict"] = True
    return before


def _forced(choice: str, example: Example, names: Mapping[str, str]) -> Any:
    """The tool that must be called; where an attack gave it another name, the one that is right there."""
    right = choice if choice in names else next((call.name for call in example.gold if call.name in names), None)
    return AUTO if right is None else {"type": "function", "function": {"name": names[right]}}
