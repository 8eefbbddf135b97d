"""`sparring export`: the checkpoint, the proven failures and the regression suite of a round."""

from pathlib import Path
from typing import Annotated

import typer

CHAMPION = "champion"


def export(
    round: Annotated[str, typer.Argument(help="a finished round, e.g. r01, or champion: the one that plays now")],
    out: Annotated[Path, typer.Argument(help="folder to write; must not hold anything yet")],
    root: Annotated[Path, typer.Option(help="the project's folder")] = Path(),
    not_promoted: Annotated[
        bool, typer.Option("--not-promoted", help="export a round that did not replace the one before it, too")
    ] = False,
    gguf: Annotated[
        bool, typer.Option("--gguf", help="one file for llama.cpp too, where its converter is installed")
    ] = False,
) -> None:
    """Export a round: merged checkpoint with a model card, the attacks that won as a data set, a regression suite."""
    from sparring.engine.number_format import load_recipe
    from sparring.errors import InputError
    from sparring.names import checked, round_name
    from sparring.project.export import (  # brings torch: seconds that other commands need not wait
        champion_of,
        export_round,
    )
    from sparring.studies.audit import AUDIT

    if round == CHAMPION:
        round = champion_of(root)
    elif round != AUDIT:
        checked("round", round, round_name)
    converter = None
    if gguf:
        from sparring.project.gguf import find_converter, write_gguf

        if round == AUDIT:
            raise InputError("--gguf: an audit trained nothing, there is no checkpoint")
        converter = find_converter()  # before anything is written
    export_round(root, round, out, load_recipe(root), not_promoted)
    if converter is not None:
        write_gguf(converter, out / "checkpoint", out / f"{round}.gguf")
    typer.echo(f"{out}: {', '.join(sorted(path.name for path in out.iterdir()))}")
