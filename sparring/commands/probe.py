"""`sparring probe`: fit a linear probe by which a local model judges free text (docs/gates.md, "A probe")."""

import hashlib
from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from sparring.config import ReaderParams
from sparring.errors import InputError
from sparring.gate_benchmark import LabelledRewrite, example_of, fitting_cases, read_cases
from sparring.gate_benchmark.emptied import emptied_cases
from sparring.gates import Facts
from sparring.gates.evidence import evidence
from sparring.storage import must_exist, read_json, write_text

EMPTIED = 120  # rewrites more that ask nothing of their seed
SEED = 17  # decides what they are


def probe(
    model: Annotated[Path, typer.Argument(help="folder of a chat model in the form of Transformers")],
    out: Annotated[Path, typer.Option(help="the probe's file, for gates.readers.models[].probe")],
    adapter: Annotated[Path | None, typer.Option(help="folder of a LoRA adapter on it")] = None,
    cases: Annotated[
        list[Path] | None,
        typer.Option(
            help="labelled rewrites, JSON lines {id, functions, gold, seed, rewrite, valid, kind}; several times for "
            "several (default: ours, but for the half that figures are told of and the fresh part)"
        ),
    ] = None,
    precision: Annotated[
        float, typer.Option(help="share of what passes that must be right, on seeds left out in turn", min=0.5, max=1.0)
    ] = 0.9,
    layer: Annotated[int | None, typer.Option(help="layers that are run (default: seven tenths)", min=1)] = None,
    root: Annotated[Path, typer.Option(help="the project's folder, with params.yaml")] = Path(),
) -> None:
    """Fit a linear probe by which a local model judges whether a rewrite still wants the same call."""
    must_exist(model / "config.json", "give the folder of a model")
    if adapter is not None:
        must_exist(adapter / "adapter_config.json", "--adapter takes the folder of a LoRA adapter")
    depth = _depth(model)
    if layer is not None and layer > depth:
        raise InputError(f"--layer {layer}: the model has {depth}")
    from sparring.engine.number_format import load_recipe  # brings torch
    from sparring.engine.probe import DEPTH, Fitted
    from sparring.gate_benchmark.probing import probing, probing_table
    from sparring.targets.comparing_reader import QUESTION, ComparingReader, model_digest, question
    from sparring.targets.probed import ProbedTarget

    at = layer or ceil(DEPTH * depth)
    folders = {"model": str(model.resolve()), "adapter": None if adapter is None else str(adapter.resolve())}
    reader = ComparingReader(ReaderParams(asks="same_call", **folders), "probe", load_recipe(root), root)
    name = model_digest(reader.weights.values())
    judged = [row for path in cases or [] for row in read_cases(path)] or list[LabelledRewrite](fitting_cases())
    rows = [*judged, *emptied_cases(judged, EMPTIED, SEED)]
    facts = [Facts(example_of(row), row.rewrite) for row in rows]
    target = ProbedTarget(model, adapter, reader.asked_with, at, None)
    asked = [question(each.example, each.query) for each in facts]
    states = target.kept_states(asked, name, root / ".work" / "probe")
    known = [evidence(each, reader.params.gates) for each in facts]
    made_for = Fitted(model=name, question=QUESTION, layer=at, dtype=reader.params.models.dtype, rows=_digest(rows))
    found = probing(rows, states, known, len(judged), precision, made_for)
    write_text(out, found.probe.model_dump_json() + "\n")
    console = Console(width=110)
    console.print(probing_table(judged, found))
    console.print(f"layer {at} of {depth}, {len(judged)} rewrites, area under the curve {found.area:.3f}; wrote {out}")


def _depth(model: Path) -> int:
    """How many layers a model has.

    Raises:
        InputError: Its config.json does not say.
    """
    config = read_json(model / "config.json")
    for told in (config, config.get("text_config")) if isinstance(config, dict) else ():
        if isinstance(told, dict) and isinstance(told.get("num_hidden_layers"), int):
            return int(told["num_hidden_layers"])
    raise InputError(f"{model / 'config.json'}: names no num_hidden_layers")


def _digest(rows: Sequence[LabelledRewrite]) -> str:
    return hashlib.sha256("\n".join(row.model_dump_json() for row in rows).encode()).hexdigest()
