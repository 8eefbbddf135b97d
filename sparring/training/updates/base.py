"""What an update of the target is given, and what it gives back: a training set, and a training."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sparring.config import Params
from sparring.dialects import DIALECTS, Dialect
from sparring.records import Example, SFTExample
from sparring.training.launching import Job
from sparring.training.sft import SFTRow

Rows = Sequence[SFTExample]
Answering = Callable[[Sequence[Example], int, float, int], list[list[str]]]  # rows, samples, temperature, seed
OwnText = Callable[[Rows, Sequence[Example], Params, Callable[[], Answering]], list[SFTExample]]


@dataclass(frozen=True)
class Lesson:
    """One training of the target, not begun.

    Attributes:
        params: The recipe.
        rows: The training set.
        asked: Per row the training seed with its gold, asking what the row asks.
        base: Folder of the frozen base.
        champion: Adapter of the target that learns, whatever it starts from.
        start: Adapter to train on; None for a new one.
        out: Folder of the finished adapter.
        label: What the progress line says.
    """

    params: Params
    rows: Rows
    asked: Sequence[Example]
    base: Path
    champion: Path
    start: Path | None
    out: Path
    label: str

    @property
    def shown(self) -> list[SFTRow]:
        """The rows as the target reads them."""
        dialect = DIALECTS[self.params.target.dialect]
        return [shown(row, dialect) for row in self.rows]


@dataclass(frozen=True)
class Update:
    """A way to learn.

    Attributes:
        job: The training of a lesson.
        rewrite: Puts the target's own texts into the training set; None where its texts stay. It is given the rows,
            what each asks, the recipe, and how to get at the target's answers.
    """

    job: Callable[[Lesson], Job]
    rewrite: OwnText | None = None


def shown(row: SFTExample, dialect: Dialect) -> SFTRow:
    """A row of the target's training set as the target reads it."""
    example = Example(id=row.id, source="", category=row.origin, tools=row.tools, messages=row.messages, gold=[])
    return SFTRow(dialect.messages(example), row.completion, dialect.schemas(example), row.rejected)
