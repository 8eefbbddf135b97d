"""Labelled rewrites: what the gates are measured on. The file form is BFCL's, so that hand-labelled sets fit in."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sparring.errors import InputError
from sparring.records import Example, GoldCall, Message, Record, Tool
from sparring.sources.foreign import check_kept
from sparring.sources.tool_forms import tools_as_they_are
from sparring.storage import first_fault, read_lines


class LabelledRewrite(Record):
    """A rewrite of a seed with the truth: `valid` says whether the gold is still right, `kind` what was done.

    `functions` and `gold` are in BFCL's form: gold is a list of {name: {argument: [accepted values]}}.
    """

    id: str
    functions: list[dict[str, Any]]
    gold: list[dict[str, dict[str, list[Any]]]]
    seed: str
    rewrite: str
    valid: bool
    kind: str


def read_cases(path: Path) -> list[LabelledRewrite]:
    """Reads labelled rewrites; keys that are not ours are left alone.

    Raises:
        InputError: The file is missing or empty, or a row is broken.
    """
    rows = []
    for number, line in enumerate(read_lines(path), start=1):
        if line.strip():
            try:
                rows.append(LabelledRewrite.model_validate_json(line, extra="ignore"))
            except ValidationError as error:
                raise InputError(f"{path}:{number}: {first_fault(error)}") from None
    if not rows:
        raise InputError(f"{path}: no rows")
    return rows


def example_of(row: LabelledRewrite) -> Example:
    """The seed of a labelled rewrite.

    Raises:
        InputError: A function is not described as BFCL does, or the gold holds too many calls.
    """
    try:
        check_kept([row.functions, row.gold])
        tools = [Tool.model_validate(tool) for tool in tools_as_they_are(row.functions, "functions")]
        return _example(row, tools)
    except ValidationError as error:
        raise InputError(f"row {row.id}: {first_fault(error)}") from None
    except InputError as error:
        raise InputError(f"row {row.id}: {error}") from None


def _example(row: LabelledRewrite, tools: list[Tool]) -> Example:
    gold = [GoldCall(name=name, arguments=given) for call in row.gold for name, given in call.items()]
    category = "irrelevance" if not gold else "simple_python" if len(gold) == 1 else "parallel"
    messages = [Message(role="user", content=row.seed)]
    return Example(id=row.id, source="cases", category=category, tools=tools, messages=messages, gold=gold)
