"""`sparring report`: the weakness report of the rounds played so far, or of several models beside each other."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    root: Annotated[
        list[Path] | None,
        typer.Option(help="a project's folder, or an audit's (audits/NAME); several compare models (default: here)"),
    ] = None,
    out: Annotated[Path, typer.Option(help="folder of the report, made if need be")] = Path("report"),
) -> None:
    """Write report.html, a Markdown summary, and every figure as SVG, PNG and CSV."""
    from sparring.report import write_reports  # brings matplotlib: seconds that other commands need not wait

    typer.echo(write_reports(root or [Path()], out))
