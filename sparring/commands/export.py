"""`sparring export`: the checkpoint, the proven failures and the regression suite of a round."""

from pathlib import Path
from typing import Annotated

import typer


def export(
    round: Annotated[str, typer.Argument(help="a finished round, e.g. r01")],
    out: Annotated[Path, typer.Argument(help="folder to write; must not hold anything yet")],
    root: Annotated[Path, typer.Option(help="the project's folder")] = Path(),
) -> None:
    """Export a round: merged checkpoint with a model card, the attacks that won as a data set, a regression suite."""
    from sparring.engine.number_format import load_recipe
    from sparring.names import checked, round_name
    from sparring.project.export import export_round  # brings torch: seconds that other commands need not wait
    from sparring.studies.audit import AUDIT

    if round != AUDIT:
        checked("round", round, round_name)
    export_round(root, round, out, load_recipe(root))
    typer.echo(f"{out}: {', '.join(sorted(path.name for path in out.iterdir()))}")
