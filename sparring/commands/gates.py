"""`sparring gates`: precision and recall of the validity gates on labelled rewrites."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sparring.config import Params, ReaderParams, ReadersParams
from sparring.errors import InputError
from sparring.gate_benchmark import (
    Half,
    LabelledRewrite,
    gate_table,
    generated_cases,
    later_cases,
    natural_cases,
    natural_tables,
    read_cases,
    read_scores,
    read_table,
    score,
)
from sparring.gates import Gatekeeper
from sparring.records import Example
from sparring.secrets_in_text import masked
from sparring.storage import first_fault, read_jsonl
from sparring.tables import table_markdown
from sparring.yaml_text import read_yaml


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
    reader: Annotated[
        list[str] | None,
        typer.Option(
            help="a reader of free text in place of the recipe's: a folder of a model or an adapter, URL#MODEL, or "
            "'{base_url: URL, model: NAME, ...}' as gates.readers.models has it; several times for several"
        ),
    ] = None,
    agree: Annotated[
        int | None, typer.Option(help="so many readers must call the gold (default: all that answer the seed)", min=1)
    ] = None,
    in_place_of: Annotated[
        list[str] | None,
        typer.Option(
            help="a gate that gives way to the readers; several times for several (default: those of wording)"
        ),
    ] = None,
) -> None:
    """Precision, recall and rejections by reason and kind of the validity gates on labelled rewrites."""
    gatekeeper, one_set = _made(root, cases, mended, _named(reader or [], agree, in_place_of or []))
    result = score(one_set, gatekeeper)
    own = natural_cases(Half.HELD) if cases is None and not mended else one_set
    if as_json:
        read = [one.model_dump(mode="json") for one in read_scores(one_set, gatekeeper)] if gatekeeper.readers else []
        typer.echo(json.dumps(result.model_dump(mode="json") | ({"free_text": read} if read else {}), indent=2))
        return
    shown: list[Table | Text] = [*gate_table(result, show)]
    if cases is None and not mended:
        parts = {str(half): natural_cases(half) for half in Half} | {"later": later_cases()}
        shown += natural_tables({name: score(rows, gatekeeper) for name, rows in parts.items()})
    if gatekeeper.readers is not None:
        which = "the held half by hand" if cases is None and not mended else f"{len(own)} rewrites"
        shown.append(read_table(f"free text, {which}", read_scores(own, gatekeeper)))
    _print(shown, markdown)


def _named(readers: Sequence[str], agree: int | None, in_place_of: Sequence[str]) -> ReadersParams | None:
    """What the options name; None for the recipe's.

    Raises:
        InputError: One is neither a folder nor an entry of gates.readers.models, or more must agree than there are.
    """
    if not readers:
        for option, given in (("agree", agree is not None), ("in_place_of", bool(in_place_of))):
            if given:
                flag = option.replace("_", "-")
                raise InputError(f"--{flag} belongs to --reader; the recipe says it in gates.readers.{option}")
        return None
    content = {"models": [_entry(each) for each in readers], "agree": agree}
    try:
        return ReadersParams.model_validate(content | ({"in_place_of": list(in_place_of)} if in_place_of else {}))
    except ValidationError as error:
        said = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise InputError(f"--reader, --agree, --in-place-of: {said}") from None


def _entry(text: str) -> ReaderParams:
    folder = Path(text)
    if (folder / "adapter_config.json").exists():
        return ReaderParams(adapter=str(folder.resolve()))
    if (folder / "config.json").exists():
        return ReaderParams(model=str(folder.resolve()))
    served = re.fullmatch(r"(https?://[^#\s]+)#(\S+)", text)
    content = read_yaml(text, "--reader") if served is None else {"base_url": served[1], "model": served[2]}
    if not isinstance(content, dict):
        raise InputError(
            f"--reader {masked(text)}: expected a folder with config.json or adapter_config.json, an address as "
            "http://127.0.0.1:8000/v1#MODEL, or a mapping as '{base_url: URL, model: NAME, dialect: xlam_json}'"
        )
    try:
        return ReaderParams.model_validate(content)
    except ValidationError as error:
        raise InputError(f"--reader: {first_fault(error)}") from None  # the text may hold a secret


def _made(
    root: Path, cases: Path | None, mended: bool, readers: ReadersParams | None
) -> tuple[Gatekeeper, Sequence[LabelledRewrite]]:
    """The project's gates, and the rewrites of the set that is asked for."""
    if cases is not None and mended:
        raise InputError("--cases and --mended name two sets; give one of them")
    from sparring.engine.embedding import Embedder  # brings torch: seconds that `sparring check` need not wait
    from sparring.engine.number_format import load_recipe
    from sparring.targets.readers import readers_gate
    from sparring.targets.reference import round_trip

    params = _with_readers(load_recipe(root), readers)
    rows: Sequence[LabelledRewrite]
    if cases is not None:
        rows = read_cases(cases)
    else:
        rows = natural_cases(Half.MENDED) if mended else generated_cases(_seeds(root), params.seed)
    embedding = root / "models" / "embedding"
    if not embedding.exists():
        raise InputError(f"{embedding}: no such folder; run `sparring flow prepare` first")
    gate = readers_gate(params, root)
    return Gatekeeper(params.gates, Embedder(embedding), round_trip(params, root), gate), rows


def _with_readers(params: Params, readers: ReadersParams | None) -> Params:
    """The recipe, with other readers where some are given."""
    if readers is None:
        return params
    return params.model_copy(update={"gates": params.gates.model_copy(update={"readers": readers})})


def _print(shown: Sequence[Table | Text], markdown: bool) -> None:
    if markdown:
        typer.echo("\n".join(table_markdown(one) if isinstance(one, Table) else f"{one.plain}\n" for one in shown))
    else:
        Console(width=110).print(*shown, sep="\n")


def _seeds(root: Path) -> list[Example]:
    """Held-out and training seeds alike: the gates are not trained. Python rows outside the live categories."""
    path = root / "data" / "examples.jsonl"
    if not path.exists():
        raise InputError(f"{path}: no such file; run `sparring flow prepare` first, or give --cases")
    return [example for example in read_jsonl(path, Example) if not example.category.startswith("live")]
