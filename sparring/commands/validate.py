"""`sparring validate`: every bad row of the user's own examples, by line and field."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from sparring.checker import check_calls
from sparring.gold import gold_calls
from sparring.sources.jsonl import load_jsonl, validate_jsonl
from sparring.visible_text import visible


def validate(path: Annotated[Path, typer.Argument(help="JSON lines; examples/seeds.jsonl shows the form")]) -> None:
    """Read examples and name every bad row; exit code 1 where there is one. A gold must pass its own check."""
    faults = validate_jsonl(path)
    if not faults:
        examples = load_jsonl(path)
        for example in examples:
            verdict = check_calls(example, gold_calls(example)) if example.gold else None
            if verdict is not None and not verdict.correct:
                faults.append(f"{path}: {example.id}: gold: {verdict.example_error or verdict.detail}")
    for fault in faults:
        typer.echo(visible(fault))
    if faults:
        raise SystemExit(1)
    kinds = Counter(example.category for example in examples)
    found = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
    typer.echo(visible(f"{len(examples)} examples: {found}"))
