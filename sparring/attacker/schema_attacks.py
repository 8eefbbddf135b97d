"""Schema attacks: the query stays, the tools change, and the right call is known by construction.

A second family beside rewrites, budgeted and reported apart. Operators that rename take the gold along and give back a
`Renaming`, so that an answer can be read in the seed's own names.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from sparring.operators import Site, wording
from sparring.records import KINDS, Call, Example, GoldCall, Kind, Tool
from sparring.schemas.descriptions import stated_default

NUM_DISTRACTORS = 2
WORD = re.compile(r"[a-z]{3,}")
COMMON = frozenset(
    """the and for with from that this given get gets find finds return returns retrieve calculate calculates based
    using specific specified certain provided number name value values data information details list search""".split()
)
PREFIX = "schema:"


@dataclass(frozen=True)
class Renaming:
    """New names by old: of functions, and of the parameters of each function (by its old name)."""

    functions: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def forward(self, gold: Sequence[GoldCall]) -> list[GoldCall]:
        """The gold in the new names."""
        return [GoldCall(name=name, arguments=arguments) for name, arguments in map(self._new, gold)]

    def ahead(self, calls: Sequence[Call]) -> list[Call]:
        """Calls of the seed in the new names; names that the seed does not have stay."""
        found = []
        for call in calls:
            names = self.parameters.get(call.name, {})
            arguments = {names.get(key, key): value for key, value in call.arguments.items()}
            found.append(Call(name=self.functions.get(call.name, call.name), arguments=arguments))
        return found

    def back(self, calls: Sequence[Call]) -> list[Call]:
        """Calls in the seed's own names; names that are none of the new ones stay."""
        old_functions = {new: old for old, new in self.functions.items()}
        found = []
        for call in calls:
            name = old_functions.get(call.name, call.name)
            old = {new: old for old, new in self.parameters.get(name, {}).items()}
            found.append(Call(name=name, arguments={old.get(key, key): v for key, v in call.arguments.items()}))
        return found

    def then(self, later: "Renaming") -> "Renaming":
        """This renaming and another after it, as one."""
        functions = {old: later.functions.get(new, new) for old, new in self.functions.items()}
        functions |= {old: new for old, new in later.functions.items() if old not in self.functions.values()}
        parameters = {old: dict(names) for old, names in self.parameters.items()}
        came_from = {new: old for old, new in self.functions.items()}
        for name, names in later.parameters.items():
            first = parameters.setdefault(came_from.get(name, name), {})
            known = {new: old for old, new in first.items()}
            first.update({known.get(old, old): new for old, new in names.items()})
        return Renaming(functions, parameters)

    def _new(self, call: GoldCall) -> tuple[str, dict[str, list[Any]]]:
        names = self.parameters.get(call.name, {})
        return self.functions.get(call.name, call.name), {names.get(k, k): v for k, v in call.arguments.items()}


Rewrite = Callable[[Example, Random, Sequence[Tool]], tuple[list[Tool], Renaming]]


@dataclass(frozen=True)
class SchemaOperator:
    """A label-safe change of the tools.

    Attributes:
        rewrite: The change.
        preserves: Why the right answer is known.
        kinds: Of the seeds whose answer it keeps.
    """

    rewrite: Rewrite
    preserves: str
    kinds: tuple[Kind, ...] = KINDS


def attack_schema(
    example: Example, operators: Sequence[str], seed: int, others: Sequence[Tool]
) -> tuple[Example, Renaming]:
    """The seed with its tools changed by the operators in turn, gold included; and how to read answers back.

    Args:
        example: The seed.
        operators: Names in SCHEMA_OPERATORS.
        seed: The same example, operators and seed give the same tools.
        others: Tools of other seeds, from which distractors are taken.

    Raises:
        KeyError: An operator is unknown.
    """
    renamed = Renaming()
    for name in operators:
        key = hashlib.sha256(f"{seed}:{example.id}:{name}".encode()).digest()
        tools, step = SCHEMA_OPERATORS[name].rewrite(example, Random(int.from_bytes(key[:8], "big")), others)
        said = [
            message.model_copy(update={"tool_calls": step.ahead(message.tool_calls)}) for message in example.messages
        ]
        example = example.model_copy(update={"tools": tools, "messages": said, "gold": step.forward(example.gold)})
        renamed = renamed.then(step)
    return example, renamed


def shuffle(example: Example, rng: Random, others: Sequence[Tool]) -> tuple[list[Tool], Renaming]:
    """Tools, and the parameters of each, in another order."""
    tools = [_with_properties(tool, dict(_moved(list(_properties(tool).items()), rng))) for tool in example.tools]
    return _moved(tools, rng), Renaming()


def distractors(example: Example, rng: Random, others: Sequence[Tool]) -> tuple[list[Tool], Renaming]:
    """Tools of other seeds beside the own ones; none shares a word with the query or an own tool."""
    taken = {tool.name.lower() for tool in example.tools}
    known = _about(example.query) | {word for tool in example.tools for word in _about(_said(tool))}
    fitting = {t.name: t for t in others if t.name.lower() not in taken and not known & _about(_said(t))}
    added = [fitting[name] for name in rng.sample(sorted(fitting), min(NUM_DISTRACTORS, len(fitting)))]
    return rng.sample([*example.tools, *added], len(example.tools) + len(added)), Renaming()


def retired(example: Example, rng: Random, others: Sequence[Tool]) -> tuple[list[Tool], Renaming]:
    """A near-duplicate of each tool that says of itself that it no longer works."""
    names = {tool.name for tool in example.tools}
    twins = [
        tool.model_copy(
            update={
                "name": f"{tool.name}_v1",
                "description": f"Retired, no longer works: use {tool.name}. {tool.description}",
            }
        )
        for tool in example.tools
        if f"{tool.name}_v1" not in names
    ]
    return [*twins, *example.tools], Renaming()


def rename_functions(example: Example, rng: Random, others: Sequence[Tool]) -> tuple[list[Tool], Renaming]:
    """The words of each function's name in another order and form: `area.of_circle` becomes `ofCircleArea`."""
    return _renamed_functions(example, lambda number, name: _turned(name))


def number_functions(example: Example, rng: Random, others: Sequence[Tool]) -> tuple[list[Tool], Renaming]:
    """Functions called function_1, function_2 ...: what they do stands in their descriptions alone."""
    if not all(len(tool.description.split()) >= 3 for tool in example.tools):
        return list(example.tools), Renaming()
    return _renamed_functions(example, lambda number, name: f"function_{number}")


def rename_parameters(example: Example, rng: Random, others: Sequence[Tool]) -> tuple[list[Tool], Renaming]:
    """Parameters in another form: `start_date` becomes `startDate`, `city` becomes `city_value`."""
    tools, parameters = [], {}
    for tool in example.tools:
        old = list(_properties(tool))
        names = {name: _reformed(name) for name in old}
        if len(set(names.values())) < len(old):
            tools.append(tool)
            continue
        parameters[tool.name] = names
        required = [names.get(name, name) for name in tool.parameters.get("required") or ()]
        changed = {names[name]: _mentioning(schema, names) for name, schema in _properties(tool).items()}
        made = _with_properties(tool, changed)
        schema = made.parameters | ({"required": required} if "required" in made.parameters else {})
        tools.append(made.model_copy(update={"parameters": schema, "description": _replaced(tool.description, names)}))
    return tools, Renaming(parameters=parameters)


def reword(example: Example, rng: Random, others: Sequence[Tool]) -> tuple[list[Tool], Renaming]:
    """Descriptions of the functions in other words of the same meaning."""
    nothing = Site((), frozenset(), example)
    return [
        tool.model_copy(
            update={"description": wording.formal(wording.synonyms(tool.description, nothing, rng), nothing, rng)}
        )
        for tool in example.tools
    ], Renaming()


def _renamed_functions(example: Example, name_of: Callable[[int, str], str]) -> tuple[list[Tool], Renaming]:
    names: dict[str, str] = {}
    for number, tool in enumerate(example.tools, start=1):
        new = name_of(number, tool.name)
        while new in names.values() or (new in {t.name for t in example.tools} and new != tool.name):
            new += "_"
        names[tool.name] = new
    tools = [
        tool.model_copy(update={"name": names[tool.name], "description": _replaced(tool.description, names)})
        for tool in example.tools
    ]
    return tools, Renaming(functions=names)


def _turned(name: str) -> str:
    """First word last, in the other of the two common forms; a single word gets a prefix."""
    words = [word for word in re.split(r"[._]|(?<=[a-z0-9])(?=[A-Z])", name) if word]
    if len(words) < 2:
        return f"run_{words[0] if words else name}"
    first, *rest = [word.lower() for word in (*words[1:], words[0])]
    return "_".join((first, *rest)) if "_" not in name else first + "".join(word.capitalize() for word in rest)


def _reformed(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest) if rest and head else f"{name}_value"


def _mentioning(schema: Any, names: Mapping[str, str]) -> Any:
    """A parameter's schema whose description uses the new names; left alone where its stated default would change."""
    if not isinstance(schema, dict) or not isinstance(schema.get("description"), str):
        return schema
    changed = schema | {"description": _replaced(schema["description"], names)}
    return changed if repr(stated_default(changed)) == repr(stated_default(schema)) else schema


def _replaced(text: str, names: Mapping[str, str]) -> str:
    """Old names in a text become new ones where they are plainly names: with `_`, a dot or a capital inside."""
    odd = [name for name in names if re.search(r"[._]|[a-z][A-Z]", name)]
    if not odd:
        return text
    pattern = re.compile(r"(?<![\w.])(?:" + "|".join(map(re.escape, sorted(odd, key=len, reverse=True))) + r")(?![\w])")
    return pattern.sub(lambda match: names[match.group()], text)


def _properties(tool: Tool) -> dict[str, Any]:
    return dict(tool.parameters.get("properties") or {})


def _with_properties(tool: Tool, properties: dict[str, Any]) -> Tool:
    if not properties:
        return tool
    return tool.model_copy(update={"parameters": tool.parameters | {"properties": properties}})


def _moved(rows: list[Any], rng: Random) -> list[Any]:
    """Another order wherever there are two rows."""
    moved = rng.sample(rows, len(rows))
    return moved if moved != rows else [*rows[1:], *rows[:1]]


def _said(tool: Tool) -> str:
    return f"{re.sub(r'[._]', ' ', tool.name)} {tool.description} {' '.join(_properties(tool)).replace('_', ' ')}"


def _about(text: str) -> set[str]:
    return {word.rstrip("s") for word in WORD.findall(text.lower()) if word not in COMMON}


SCHEMA_OPERATORS: dict[str, SchemaOperator] = {
    "shuffle": SchemaOperator(shuffle, "order carries no meaning: calls name their arguments"),
    "distractors": SchemaOperator(
        distractors, "an added tool shares no word with query or tools, so the right one stays so", kinds=("call",)
    ),  # on a seed that no tool serves, one more might, whatever its words
    "retired": SchemaOperator(retired, "an added tool says that it no longer works and names the one to use"),
    "rename_functions": SchemaOperator(rename_functions, "the gold is renamed along, and the mapping is one to one"),
    "number_functions": SchemaOperator(number_functions, "the gold is renamed along; descriptions say what is what"),
    "rename_parameters": SchemaOperator(rename_parameters, "the gold is renamed along, and the mapping is one to one"),
    "reword": SchemaOperator(reword, "only words outside names and values change, to others of the same meaning"),
}
