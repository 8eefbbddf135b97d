"""`sparring profile`: the recipe for a kind of machine, with its cost before anything starts."""

from pathlib import Path
from typing import Annotated

import typer

from sparring.config import load_params
from sparring.project.profiles import apply_profile, profile_names


def profile(
    name: Annotated[
        str | None, typer.Argument(help="quickstart, cpu, gpu or cluster; without it, what the present recipe costs")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(help="with a name: steps of such sizes that the campaign fits here", min=0.1)
    ] = None,
    at_most: Annotated[
        float | None,
        typer.Option(
            help="with a name: the same, but only where params.yaml is that whole profile and takes longer here",
            min=0.1,
        ),
    ] = None,
    root: Annotated[Path, typer.Option(help="the project's folder, with params.yaml and profiles/")] = Path(),
) -> None:
    """Lay a profile over params.yaml (comments stay), and say what the recipe costs here and can show."""
    from sparring.project.estimate import estimate  # brings torch: seconds that `--help` need not wait
    from sparring.project.fitting import cap_profile, fit_profile

    if name is None:
        if minutes is not None or at_most is not None:
            raise typer.BadParameter("--minutes and --at-most need the name of a profile, whose proportions they keep")
        typer.echo(f"profiles: {', '.join(profile_names(root / 'profiles'))}")
    elif minutes is not None and at_most is not None:
        raise typer.BadParameter("either --minutes or --at-most")
    else:
        recipe, overlay = root / "params.yaml", root / "profiles" / f"{name}.yaml"
        if at_most is not None:
            changed = cap_profile(recipe, overlay, at_most)
        else:
            changed = apply_profile(recipe, overlay) if minutes is None else fit_profile(recipe, overlay, minutes)
        for line in changed:
            typer.echo(line)
        if at_most is not None and not changed:
            return  # what is played next says itself what it costs
    cost = estimate(load_params(root / "params.yaml"), root)
    typer.echo(cost.sentence())
    for text in cost.too_few():
        typer.echo(text)
