"""`sparring compare`: two rounds, or the last rounds of two projects, metric by metric."""

from pathlib import Path
from typing import Annotated

import typer

from sparring.errors import InputError
from sparring.manifests import read_manifest
from sparring.names import checked, round_name
from sparring.storage import RoundPaths, write_text
from sparring.studies.audit import AUDIT
from sparring.studies.compare import CompareResult, compare_markdown, compare_rounds, compare_table
from sparring.studies.promotion import Sides
from sparring.terminal import say


def compare(
    before: Annotated[str, typer.Argument(help="a round (r01), a project's folder (its last round), or FOLDER:r01")],
    after: Annotated[str, typer.Argument(help="the same, for the other side")],
    out: Annotated[Path | None, typer.Option(help="folder for compare.json and compare.md")] = None,
    seed: Annotated[int, typer.Option(help="decides the draws of tests between independent samples")] = 17,
    ask: Annotated[
        bool | None,
        typer.Option(
            help="both targets answer test and ood, on which nothing was chosen; default: where both are here"
        ),
    ] = None,
) -> None:
    """Every metric of two rounds with intervals, differences and tests."""
    sides = side(before), side(after)
    found = compare_rounds(*sides, seed, _untouched(*sides, ask))
    typer.echo(compare_table(found))
    if out is not None:
        _write(found, out)


def _untouched(before: RoundPaths, after: RoundPaths, ask: bool | None) -> dict[str, Sides]:
    """What both targets answer on the splits that nothing was chosen on."""
    for paths in (before, after):
        read_manifest(paths)  # a round that is not there is the first thing to say
    here = all(paths.target_adapter.is_dir() for paths in (before, after))
    if not here and not ask:
        if ask is None and AUDIT not in (before.round, after.round):
            say("a target's adapter is not here: nobody was asked the rows that nothing was chosen on")
        return {}
    from sparring.project.untouched import ask_untouched  # brings torch: seconds that files alone need not wait

    return ask_untouched(before, after, ask is not False)


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
