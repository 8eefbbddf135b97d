"""`sparring profile`: the recipe for a kind of machine, with its cost before anything starts."""

from pathlib import Path
from typing import Annotated

import typer

from sparring.config import load_params
from sparring.estimate import estimate
from sparring.profiles import apply_profile, profile_names


def profile(
    name: Annotated[
        str | None, typer.Argument(help="quickstart, cpu, gpu or cluster; without it, what the present recipe costs")
    ] = None,
    root: Annotated[Path, typer.Option(help="the project's folder, with params.yaml and profiles/")] = Path(),
) -> None:
    """Lay a profile over params.yaml (comments stay), and say what the recipe costs and what it can show."""
    if name is not None:
        for line in apply_profile(root / "params.yaml", root / "profiles" / f"{name}.yaml"):
            typer.echo(line)
    else:
        typer.echo(f"profiles: {', '.join(profile_names(root / 'profiles'))}")
    typer.echo(estimate(load_params(root / "params.yaml")).sentence())
