"""`sparring gates`: precision and recall of the validity gates on labelled rewrites."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from sparring.errors import InputError
from sparring.gate_benchmark import gate_table, generated_cases, read_cases, score
from sparring.gates import Gatekeeper
from sparring.records import Example
from sparring.storage import read_jsonl


def gates(
    cases: Annotated[
        Path | None,
        typer.Option(help="JSON lines {id, functions, gold, seed, rewrite, valid, kind}; without it the generated set"),
    ] = None,
    root: Annotated[Path, typer.Option(help="the project's folder, with params.yaml and models/embedding")] = Path(),
    show: Annotated[int, typer.Option(help="print this many of the wrongly judged rewrites of each kind")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON document instead of tables")] = False,
) -> None:
    """Precision, recall and rejections by reason and kind of the validity gates on labelled rewrites."""
    from sparring.engine.embedding import Embedder  # brings torch: seconds that `sparring check` need not wait
    from sparring.engine.number_format import load_recipe
    from sparring.targets.reference import round_trip

    params = load_recipe(root)
    rows = read_cases(cases) if cases is not None else generated_cases(_seeds(root), params.seed)
    embedding = root / "models" / "embedding"
    if not embedding.exists():
        raise InputError(f"{embedding}: no such folder; run `python -m flows.prepare` first")
    gatekeeper = Gatekeeper(params.gates, Embedder(embedding), round_trip(params, root))
    result = score(rows, gatekeeper)
    if as_json:
        typer.echo(json.dumps(result.model_dump(mode="json"), indent=2))
    else:
        Console(width=110).print(*gate_table(result, show), sep="\n")


def _seeds(root: Path) -> list[Example]:
    """Held-out and training seeds alike: the gates are not trained. Python rows outside the live categories."""
    path = root / "data" / "examples.jsonl"
    if not path.exists():
        raise InputError(f"{path}: no such file; run `python -m flows.prepare` first, or give --cases")
    return [example for example in read_jsonl(path, Example) if not example.category.startswith("live")]
