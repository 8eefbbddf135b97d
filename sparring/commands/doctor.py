"""`sparring doctor`: what would fail, in seconds."""

from pathlib import Path
from typing import Annotated

import typer

from sparring.project.doctor import examine
from sparring.secrets_in_text import masked
from sparring.visible_text import visible


def doctor(root: Annotated[Path, typer.Option(help="the project's folder, with params.yaml")] = Path()) -> None:
    """Say what would fail before it does: versions, disk, servers, keys, state. Exit code 1 where something would."""
    states = []
    for finding in examine(root.resolve()):
        states.append(finding.state)
        typer.echo(visible(masked(f"{finding.state:<4}  {finding.about}: {finding.text}")))
    if "fail" in states:
        raise typer.Exit(1)
