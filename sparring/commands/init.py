"""`sparring init`: a project in a folder of its own, without a clone."""

from pathlib import Path
from typing import Annotated

import typer

from sparring.project.scaffold import begin
from sparring.visible_text import visible

NEXT = """next:
  cd {folder}
  sparring doctor             # what would fail, before it does
  sparring flow training      # prepare, baseline and every round of params.yaml; `sparring flow` lists the others"""


def init(folder: Annotated[Path, typer.Argument(help="the project's folder, made if need be")]) -> None:
    """Write a project's recipe, pipeline, flows and tasks into a folder; what is there stays as it is."""
    begun = begin(folder)
    typer.echo(visible(f"{folder}: {len(begun.written)} files written"))
    if begun.kept:
        typer.echo(visible(f"there already, and kept: {', '.join(begun.kept)}"))
    typer.echo(visible(NEXT.format(folder=folder)))
