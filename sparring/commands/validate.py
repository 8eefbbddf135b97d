"""`sparring validate`: every bad row of the user's own examples, by line and field."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from sparring.errors import InputError
from sparring.sources.jsonl import read_jsonl_rows
from sparring.visible_text import visible


def validate(path: Annotated[Path, typer.Argument(help="JSON lines; examples/seeds.jsonl shows the form")]) -> None:
    """Read examples and name every bad row; exit code 1 where there is one. A gold must pass its own check."""
    found = read_jsonl_rows(path)
    for place, reason in found.rejected.items():
        typer.echo(visible(f"{place}: {reason}"))
    if found.rejected:
        raise SystemExit(1)
    if not found.examples:
        raise InputError(f"{path}: no rows")
    kinds = Counter(example.category for example in found.examples)
    shown = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
    typer.echo(visible(f"{len(found.examples)} examples: {shown}"))
