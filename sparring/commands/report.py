"""`sparring report`: the weakness report of the rounds played so far, as one HTML file."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    root: Annotated[Path, typer.Option(help="the project's folder, with data/rounds and data/splits")] = Path(),
    out: Annotated[Path, typer.Option(help="folder of the report, made if need be")] = Path("report"),
) -> None:
    """Write report.html, a Markdown summary, and every figure as SVG, PNG and CSV."""
    from sparring.report import write_report  # brings matplotlib: seconds that other commands need not wait

    typer.echo(write_report(root, out))
