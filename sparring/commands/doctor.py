"""`sparring doctor`: what would fail, in seconds; or whether a server shows a model what it was trained on."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sparring.project.findings import Finding


def doctor(
    root: Annotated[Path, typer.Option(help="the project's folder, with params.yaml")] = Path(),
    exported: Annotated[
        Path | None, typer.Option(help="look at a server instead: what `sparring export` wrote of its model")
    ] = None,
    base_url: Annotated[str | None, typer.Option(help="with --exported: the server, up to and with /v1")] = None,
    model: Annotated[str | None, typer.Option(help="with --exported: the model's name there")] = None,
    key_variable: Annotated[str | None, typer.Option(help="environment variable that holds the key")] = None,
) -> None:
    """Say what would fail before it does: versions, disk, servers, keys, state. Exit code 1 where something would."""
    from sparring.secrets_in_text import masked
    from sparring.visible_text import visible

    states = []
    for finding in _findings(root.resolve(), exported, base_url, model, key_variable):
        states.append(finding.state)
        typer.echo(visible(masked(f"{finding.state:<4}  {finding.about}: {finding.text}")))
    if "fail" in states:
        raise typer.Exit(1)


def _findings(
    root: Path, exported: Path | None, base_url: str | None, model: str | None, key_variable: str | None
) -> Iterator["Finding"]:
    from sparring.errors import InputError

    if exported is None:
        if base_url is not None or model is not None or key_variable is not None:
            raise InputError(
                "--base-url, --model and --key-variable look at the server of an exported model: give --exported"
            )
        from sparring.project.doctor import examine  # brings torch

        yield from examine(root)
        return
    if base_url is None or model is None:
        raise InputError("--exported needs --base-url and --model: the server, and the model's name there")
    from sparring.project.served_model import served_finding

    yield served_finding(exported, base_url, model, key_variable)
