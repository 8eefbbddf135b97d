"""Tools one by one, from whatever source: each becomes a tool of `tools.json`, or a fault with a name.

One faulty tool never costs the others. What the sources share is here: names that APIs take, the schema in one
spelling, its faults.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from sparring.errors import InputError
from sparring.schemas.json_schema import Schema, SchemaError, unfolded_parameters
from sparring.schemas.references import Addresses
from sparring.tools.frozen import ToolFault
from sparring.tools.limits import MAX_TOOLS, check_bounds
from sparring.tools.modern import modern
from sparring.tools.names import LAWFUL, lawful
from sparring.tools.schema_faults import schema_faults
from sparring.visible_text import shorten

MAX_FIELD = 300
MAX_SHOWN_NAME = 100
PLACE = "parameters"


@dataclass(frozen=True)
class GivenTool:
    """A tool as its source has it.

    Attributes:
        name: What the source calls it.
        description: What it does.
        parameters: Its schema.
        within: The document that the schema's references lead into, where that is not the schema itself.
        finish: What is done to the schema once it is read.
        originals: What the source calls the arguments that `parameters` calls otherwise, by the new name.
        original: What the source calls the tool, where `name` was made of that.
    """

    name: str
    description: str
    parameters: Any
    within: Addresses | None = None
    finish: Callable[[Schema], Schema] = lambda schema: schema
    originals: tuple[tuple[str, str], ...] = ()
    original: str | None = None


class Choice:
    """Which tools are wanted: by name or tag (`delete_*`), or by an operation's path (`/users/*`).

    Args:
        include: Patterns; a tool that none fits is not read. None at all: every tool is.
        exclude: Patterns; a tool that one fits is not read.
    """

    def __init__(self, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> None:
        self.include = include
        self.exclude = exclude
        self._used: set[str] = set()

    def takes(self, name: str, path: str | None = None, tags: tuple[str, ...] = ()) -> bool:
        """Whether a tool is wanted."""
        known = [name, *tags, *([path] if path is not None else [])]
        fitting = {p for p in (*self.include, *self.exclude) if any(fnmatchcase(one, p) for one in known)}
        self._used |= fitting
        return not fitting & {*self.exclude} and (not self.include or bool(fitting & {*self.include}))

    def check_used(self) -> None:
        """Raises InputError where a pattern fitted nothing: it is misspelt."""
        for option, patterns in (("--include", self.include), ("--exclude", self.exclude)):
            for pattern in patterns:
                if pattern not in self._used:
                    raise InputError(f"{option} {pattern}: no tool has such a name, tag or path")


class Importer:
    """Reads tools one by one and keeps what is to be told of them.

    Attributes:
        tools: The tools that could be read.
        faults: What is wrong with these and the others.
        originals: What the source calls tools and arguments whose names APIs refuse.
    """

    def __init__(self) -> None:
        self.tools: list[dict[str, Any]] = []
        self.faults: list[ToolFault] = []
        self.originals: dict[str, str] = {}
        self._names: set[str] = set()
        self._originals: set[str] = set()

    def add(self, given: GivenTool) -> None:
        """Reads a tool."""
        original = given.original or given.name
        if original in self._originals:
            self.fault(f"{original} (again)", "name", f"{_named(original)} stands twice: the first one is kept")
            return
        if len(self._originals) == MAX_TOOLS:
            raise InputError(f"more than {MAX_TOOLS:,} tools: choose with --include and --exclude")
        self._originals.add(original)
        name = lawful(given.name, self._names)
        try:
            parameters = self._parameters(given, name)
        except SchemaError as error:
            self.fault(name, _place(error.field), error.reason)
            parameters = None
        if parameters is None:
            return
        if name != original:
            self.originals[name] = original
        if name != given.name:
            reason = "stands twice" if LAWFUL.fullmatch(given.name) else "is a name that APIs refuse"
            self.fault(name, "name", f"{_named(given.name)} {reason}: the tool goes by this one")
        self.originals |= {f"{name}.{new}": old for new, old in given.originals}
        if not given.description.strip():
            self.fault(name, "description", "missing: nothing says what the tool does")
        self.tools.append({"name": name, "description": given.description, "parameters": parameters})

    def fault(self, tool: str, field: str, reason: str) -> None:
        """Keeps what is wrong with a tool."""
        self.faults.append(
            ToolFault(tool=shorten(tool, MAX_SHOWN_NAME), field=shorten(field, MAX_FIELD), reason=shorten(reason, 400))
        )

    def _parameters(self, given: GivenTool, name: str) -> Schema | None:
        """A tool's schema in one spelling; None, with its faults kept, where no call of it is certainly valid."""
        check_bounds(given.description, "description")
        check_bounds(given.original or given.name, "name")
        unfolded = unfolded_parameters(given.parameters, PLACE, within=given.within)
        parameters = given.finish(modern(unfolded.schema))
        faults = list(schema_faults(parameters, PLACE))
        for fault in faults:
            self.fault(name, fault.field, fault.reason)
        if any(fault.serious for fault in faults):
            return None
        for place in dict.fromkeys(_place(cut, parameters) for cut in unfolded.cut):
            self.fault(name, place, "a schema that holds itself: inside it, only its type is shown")
        return parameters


def _place(field: str, parameters: Schema | None = None) -> str:
    """The place of a part in the schema as it is shown: there references are resolved, and a body gave its fields.

    Where parameters are given, their argument alone: a schema that holds itself does so in many places at once.
    """
    steps = [step for step in re.sub(r"\.allOf\.0(?=\.|\Z)|\.\$ref(?=\.)", "", field).split(".") if step]
    if parameters is None:
        return ".".join(steps)
    known = parameters["properties"]
    start = next(
        (n for n in (1, 3) if steps[n : n + 1] == ["properties"] and ".".join(steps[n + 1 : n + 2]) in known), 0
    )
    return ".".join([PLACE, *steps[start : start + 2]]) if start else ".".join(steps)


def _named(name: str) -> str:
    return repr(shorten(name, MAX_SHOWN_NAME))
