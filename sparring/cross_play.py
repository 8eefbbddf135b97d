"""Every query model against every target on the same held-out seeds: what is fixed, and what only beat one opponent."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sparring.arms import success_by_seed
from sparring.records import Rate, Record, Trial
from sparring.statistics import clustered_rate
from sparring.storage import write_text


class Cell(Record):
    """One query model against one target: success of its valid attacks, by seed."""

    query: str
    target: str
    success: Rate


class CrossPlay(Record):
    """The whole matrix.

    Attributes:
        seeds: Held-out seeds, all answered rightly by every target untouched.
        attacks_per_seed: Attacks of each query model on each seed.
        cells: By query model, then by target.
    """

    seeds: int
    attacks_per_seed: int
    cells: list[Cell]


def matrix(trials: Mapping[tuple[str, str], Sequence[Trial]], seeds: int, attacks_per_seed: int) -> CrossPlay:
    """The matrix of trials by (query model, target)."""
    cells = [
        Cell(query=query, target=target, success=clustered_rate(success_by_seed(played)))
        for (query, target), played in trials.items()
    ]
    return CrossPlay(seeds=seeds, attacks_per_seed=attacks_per_seed, cells=cells)


def matrix_table(found: CrossPlay) -> str:
    """The matrix as text: rows attack, columns defend."""
    targets = list(dict.fromkeys(cell.target for cell in found.cells))
    by_pair = {(cell.query, cell.target): cell.success for cell in found.cells}
    table = Table("query model of", *(f"target of {name}" for name in targets))
    table.title = f"attack success, {found.seeds} held-out seeds, {found.attacks_per_seed} attacks each"
    for query in dict.fromkeys(cell.query for cell in found.cells):
        table.add_row(query, *(_shown(by_pair[query, target]) for target in targets))
    console = Console(width=40 + 26 * len(targets), color_system=None)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def save_matrix(path: Path, found: CrossPlay) -> None:
    """Writes the matrix as JSON."""
    write_text(path, found.model_dump_json(indent=2) + "\n")


def _shown(success: Rate) -> str:
    if success.value is None:
        return "-"
    return f"{success.value:.3f} ({success.low:.2f}-{success.high:.2f}, {success.total})"
