"""Every query model against every target on the same held-out seeds: what is fixed, and what only beat one opponent."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import Field, model_validator
from rich.table import Table

from sparring.records import Example, Kind, Rate, Record, Trial
from sparring.statistics import paired_by_cluster
from sparring.storage import read_record, write_text
from sparring.studies.metrics import attack_success, of_kinds, success_by_seed
from sparring.tables import KIND_WORDS, difference_text, rate_text, table_text
from sparring.visible_text import heading, plain_text

DRAW_SEED = 0


class Cell(Record):
    """One query model against one target: success of its valid attacks, by seed; apart by the seed's kind as well."""

    query: str
    target: str
    success: Rate
    by_kind: dict[Kind, Rate] = Field(default_factory=dict)


class Gain(Record):
    """How much less often one query model beats the last target than the first, seed by seed.

    Attributes:
        difference: Mean over seeds of its success on the first target minus that on the last; above 0: hardened.
        low: Lower bound of the 95 % bootstrap interval over seeds.
        high: Upper bound.
        p_value: Two-sided permutation test.
    """

    query: str
    first: str
    last: str
    difference: float
    low: float
    high: float
    p_value: float


class CrossPlay(Record):
    """The whole matrix.

    Attributes:
        seeds: Held-out seeds, all answered rightly by every target untouched.
        attacks_per_seed: Attacks of each query model on each seed.
        cells: By query model, then by target.
        gains: One a query model; none with a single target, or where fewer than two seeds have a valid attack.
    """

    seeds: int
    attacks_per_seed: int
    cells: list[Cell]
    gains: list[Gain] = Field(default_factory=list)

    @model_validator(mode="after")
    def _whole(self) -> "CrossPlay":
        """Every query model met every target, once."""
        if len(self.cells) != len(self.queries) * len(self.targets):
            raise ValueError("cells: each query model has one cell for each target")
        if len({(cell.query, cell.target) for cell in self.cells}) < len(self.cells):
            raise ValueError("cells: a pair of query model and target stands twice")
        return self

    @property
    def queries(self) -> list[str]:
        """The query models, in order."""
        return list(dict.fromkeys(cell.query for cell in self.cells))

    @property
    def targets(self) -> list[str]:
        """The targets, in order."""
        return list(dict.fromkeys(cell.target for cell in self.cells))

    def cell(self, query: str, target: str) -> Cell:
        """One query model against one target."""
        return next(cell for cell in self.cells if (cell.query, cell.target) == (query, target))

    def success(self, query: str, target: str) -> Rate:
        """What one query model reaches on one target."""
        return self.cell(query, target).success


def matrix(
    trials: Mapping[tuple[str, str], Sequence[Trial]],
    seeds: int,
    attacks_per_seed: int,
    examples: Mapping[str, Example] | None = None,
) -> CrossPlay:
    """The matrix of trials by (query model, target); `examples`, the seeds by id, tell their kinds apart."""
    cells = [
        Cell(
            query=query,
            target=target,
            success=attack_success(played),
            by_kind={} if examples is None else of_kinds(attack_success, played, examples),
        )
        for (query, target), played in trials.items()
    ]
    queries, targets = (list(dict.fromkeys(pair[side] for pair in trials)) for side in (0, 1))
    gains = [_gain(trials, query, targets[0], targets[-1]) for query in queries if len(targets) > 1]
    return CrossPlay(
        seeds=seeds,
        attacks_per_seed=attacks_per_seed,
        cells=cells,
        gains=[gain for gain in gains if gain is not None],
    )


def read_matrix(path: Path) -> CrossPlay | None:
    """The matrix of a file; None where cross-play was not played.

    Raises:
        InputError: The file is no such matrix.
    """
    return read_record(path, CrossPlay) if path.exists() else None


def matrix_table(found: CrossPlay) -> str:
    """The matrix as text: rows attack, columns defend."""
    table = Table("query model of", *(heading(f"target of {name}") for name in found.targets))
    table.title = f"attack success, {found.seeds} held-out seeds, {found.attacks_per_seed} attacks each"
    for query in found.queries:
        table.add_row(plain_text(query), *(_cell_text(found.cell(query, target)) for target in found.targets))
    gains = [f"{gain.query}: {gain.last} lets {_change(gain)} (p = {gain.p_value:.3f})" for gain in found.gains]
    return table_text(table, 40 + 26 * len(found.targets), gains)


def _cell_text(cell: Cell) -> str:
    apart = [f"{KIND_WORDS[kind]} {rate_text(rate)}" for kind, rate in cell.by_kind.items() if rate.total]
    return "\n".join([rate_text(cell.success), *apart])


def _change(gain: Gain) -> str:
    return f"{difference_text(gain.difference, gain.low, gain.high)} fewer attacks win than {gain.first}"


def _gain(trials: Mapping[tuple[str, str], Sequence[Trial]], query: str, first: str, last: str) -> Gain | None:
    before, after = (success_by_seed(trials[query, target]) for target in (first, last))
    if sum(1 for seed in before if before[seed][1] and after.get(seed, (0, 0))[1]) < 2:
        return None
    difference, low, high, p_value = paired_by_cluster(before, after, DRAW_SEED)
    return Gain(query=query, first=first, last=last, difference=difference, low=low, high=high, p_value=p_value)


def save_matrix(path: Path, found: CrossPlay) -> None:
    """Writes the matrix as JSON."""
    write_text(path, found.model_dump_json(indent=2) + "\n")
