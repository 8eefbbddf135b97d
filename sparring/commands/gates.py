"""`sparring gates`: precision and recall of the validity gates on labelled rewrites."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sparring.errors import InputError
from sparring.gate_benchmark import (
    GateScore,
    Half,
    LabelledRewrite,
    gate_table,
    generated_cases,
    natural_cases,
    natural_tables,
    read_cases,
    score,
)
from sparring.gates import Gatekeeper
from sparring.records import Example
from sparring.storage import read_jsonl
from sparring.tables import table_markdown


def gates(
    cases: Annotated[
        Path | None,
        typer.Option(
            help="JSON lines {id, functions, gold, seed, rewrite, valid, kind}; without it both of our own sets"
        ),
    ] = None,
    mended: Annotated[bool, typer.Option(help="only the half by hand on which rules may be mended")] = False,
    root: Annotated[Path, typer.Option(help="the project's folder, with params.yaml and models/embedding")] = Path(),
    show: Annotated[int, typer.Option(help="print this many of the wrongly judged rewrites of each kind")] = 0,
    markdown: Annotated[bool, typer.Option(help="print the tables in Markdown, as docs/gates.md has them")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="print one JSON document instead of tables, of one set alone")
    ] = False,
) -> None:
    """Precision, recall and rejections by reason and kind of the validity gates on labelled rewrites."""
    gatekeeper, one_set = _made(root, cases, mended)
    result = score(one_set, gatekeeper)
    if as_json:
        typer.echo(json.dumps(result.model_dump(mode="json"), indent=2))
        return
    shown: list[Table | Text] = [*gate_table(result, show)]
    if cases is None and not mended:
        shown += natural_tables(*(_judged(half, gatekeeper) for half in Half))
    _print(shown, markdown)


def _made(root: Path, cases: Path | None, mended: bool) -> tuple[Gatekeeper, Sequence[LabelledRewrite]]:
    """The project's gates, and the rewrites of the set that is asked for."""
    if cases is not None and mended:
        raise InputError("--cases and --mended name two sets; give one of them")
    from sparring.engine.embedding import Embedder  # brings torch: seconds that `sparring check` need not wait
    from sparring.engine.number_format import load_recipe
    from sparring.targets.reference import round_trip

    params = load_recipe(root)
    rows: Sequence[LabelledRewrite]
    if cases is not None:
        rows = read_cases(cases)
    else:
        rows = natural_cases(Half.MENDED) if mended else generated_cases(_seeds(root), params.seed)
    embedding = root / "models" / "embedding"
    if not embedding.exists():
        raise InputError(f"{embedding}: no such folder; run `python -m flows.prepare` first")
    return Gatekeeper(params.gates, Embedder(embedding), round_trip(params, root)), rows


def _judged(half: Half, gatekeeper: Gatekeeper) -> GateScore:
    return score(natural_cases(half), gatekeeper)


def _print(shown: Sequence[Table | Text], markdown: bool) -> None:
    if markdown:
        typer.echo("\n".join(table_markdown(one) if isinstance(one, Table) else f"{one.plain}\n" for one in shown))
    else:
        Console(width=110).print(*shown, sep="\n")


def _seeds(root: Path) -> list[Example]:
    """Held-out and training seeds alike: the gates are not trained. Python rows outside the live categories."""
    path = root / "data" / "examples.jsonl"
    if not path.exists():
        raise InputError(f"{path}: no such file; run `python -m flows.prepare` first, or give --cases")
    return [example for example in read_jsonl(path, Example) if not example.category.startswith("live")]
