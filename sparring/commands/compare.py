"""`sparring compare`: two rounds, or the last rounds of two projects, metric by metric."""

from pathlib import Path
from typing import Annotated

import typer

from sparring.errors import InputError
from sparring.names import checked, round_name
from sparring.storage import RoundPaths, write_text
from sparring.studies.audit import AUDIT
from sparring.studies.compare import CompareResult, compare_markdown, compare_rounds, compare_table


def compare(
    before: Annotated[str, typer.Argument(help="a round (r01), a project's folder (its last round), or FOLDER:r01")],
    after: Annotated[str, typer.Argument(help="the same, for the other side")],
    out: Annotated[Path | None, typer.Option(help="folder for compare.json and compare.md")] = None,
    seed: Annotated[int, typer.Option(help="decides the bootstrap's draws")] = 17,
) -> None:
    """Every metric of two rounds with intervals, differences and tests."""
    found = compare_rounds(side(before), side(after), seed)
    typer.echo(compare_table(found))
    if out is not None:
        _write(found, out)


def side(text: str) -> RoundPaths:
    """The round that an argument names.

    Raises:
        InputError: It names none.
    """
    folder, colon, name = text.rpartition(":")
    if colon and Path(folder).is_dir():
        return RoundPaths(Path(folder), _named(name))
    if Path(text).is_dir():
        played = sorted((Path(text) / "data" / "rounds").glob("r*/round.json"))
        if not played:
            raise InputError(f"{text}: no round was played there")
        return RoundPaths(Path(text), played[-1].parent.name)
    return RoundPaths(Path(), _named(text))


def _named(name: str) -> str:
    return name if name == AUDIT else checked("round", name, round_name)


def _write(found: CompareResult, out: Path) -> None:
    write_text(out / "compare.json", found.model_dump_json(indent=2) + "\n")
    write_text(out / "compare.md", compare_markdown(found))
