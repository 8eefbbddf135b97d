"""The dials of one adapter: what rows say of every setting, and adapters that hold one.

What was read is kept on the bench, so that a start that was cut short reads no row twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sparring.checker import check
from sparring.engine.adapter_weights import WITHIN, mean_of, read_adapter, with_offset, write_adapter, writing_module
from sparring.engine.decision import Decision
from sparring.engine.memory import release_memory
from sparring.project.workspace import Project, Workbench
from sparring.records import DialSetting, Example, Verdict, by_id
from sparring.studies.dials import (
    FITTED_NO_CALL,
    FITTED_ROWS,
    DialRow,
    answered_rightly,
    most_right,
    moved,
    setting,
    untouched,
)
from sparring.targets.local import LocalTarget
from sparring.training.seed_rows import clean_rows
from tasks.players import gold_text

Asked = Sequence[tuple[str, Example]]  # with the part that each belongs to
CHAMPION = 0.0  # the scale at which nothing of the training is left


def learnt_answers(project: Project) -> list[tuple[Example, str]]:
    """Training rows with their answers, half of them with a call: what an offset is fitted to."""
    train = project.examples("train")
    known = by_id(train)
    rows = clean_rows(train, FITTED_ROWS, FITTED_NO_CALL, lambda row: gold_text(project, row), project.params.seed)
    return [(known[row.id.split(":", 1)[1]], row.completion) for row in rows]


@dataclass(frozen=True)
class Held:
    """A setting that an adapter holds: what was measured with it, and how it moved the margins."""

    setting: DialSetting
    adapter: Path
    moved: tuple[float, float, float]


@dataclass(frozen=True)
class Tuning:
    """The dials of one trained adapter; what was read is kept on the bench.

    Attributes:
        project: The recipe, and the training rows.
        trained: Folder of the adapter.
        champion: Folder of the champion's; None in the baseline.
        asked: The rows.
        decided: Where an answer decides whether it calls.
        bench: Where half-done work lies.
        read: The rows by scale, as far as they were read; the champion's untouched ones alone.
    """

    project: Project
    trained: Path
    champion: Path | None
    asked: Asked
    decided: Decision
    bench: Workbench
    read: dict[float, list[DialRow]] = field(default_factory=dict)

    @property
    def scales(self) -> list[float]:
        """What is tried, the trained adapter itself first."""
        return [1.0, *sorted(set(self.project.params.dials.scales), reverse=True)]

    def scaled(self, scale: float) -> Path:
        """The folder of the mean with the champion's adapter."""
        if scale == 1.0:
            return self.trained
        folder = self.bench.folder / f"mean-{scale:g}"
        if not self.bench.done(folder):
            parts = [self.trained] if self.champion is None else [self.trained, self.champion]
            shares = [scale, 1 - scale][: len(parts)]  # of the bare base, which adapts nothing, whatever is left
            write_adapter(mean_of([read_adapter(part) for part in parts], shares), folder)
            self.bench.finished(folder)
        return folder

    def rows(self, scale: float) -> list[DialRow]:
        """The rows as they were read under the mean."""
        if scale not in self.read:
            drafts = [gold_text(self.project, row) for _, row in self.asked]
            if scale != 1.0:
                drafts = [row.text for row in self.rows(1.0)]
            self.read[scale] = self._rows(f"dial-{scale:g}", self.scaled(scale), drafts, self.asked)
        return self.read[scale]

    @property
    def champions(self) -> dict[str, int]:
        """By part the untouched rows that the champion answers rightly, in the baseline the target as it was trained.

        So no dial buys refusals with calls that were learnt.
        """
        if self.champion is None:
            return answered_rightly([row for row in self.rows(1.0) if untouched(row.part)])
        if CHAMPION not in self.read:
            asked = [(part, row) for part, row in self.asked if untouched(part)]
            drafts = [row.text for row in self.rows(1.0) if untouched(row.part)]
            self.read[CHAMPION] = self._rows("dial-champion", self.champion, drafts, asked)
        return answered_rightly(self.read[CHAMPION])

    @property
    def most(self) -> dict[str, int]:
        """By part the most rows that any setting can make right."""
        return most_right(self.rows(scale) for scale in self.scales)

    def told(self, scale: float) -> list[DialSetting]:
        """What the rows say of every offset under the mean."""
        offsets = (0.0, *self.project.params.dials.offsets)
        return [setting(self.rows(scale), scale, offset, self.most, self.champions) for offset in offsets]

    def hold(self, wanted: DialSetting) -> Held:
        """An adapter that holds a setting, and what the rows make of it."""
        name = f"dial-{wanted.scale:g}{wanted.offset:+g}"
        folder, before = self.bench.folder / name, self.rows(wanted.scale)
        if not self.bench.done(folder):
            self._build(wanted, folder)
            self.bench.finished(folder)
        rows = self._rows(name, folder, [row.text for row in before], self.asked)
        found = setting(rows, wanted.scale, 0.0, self.most, self.champions).model_copy(update={"offset": wanted.offset})
        return Held(found, folder, moved(before, rows))

    def _build(self, wanted: DialSetting, folder: Path) -> None:
        """Writes the adapter that holds a setting."""
        adapter = read_adapter(self.scaled(wanted.scale))
        target = LocalTarget(self.project.base, self.scaled(wanted.scale), self.project.params)
        order = [name for name, _ in target.model.named_modules()]
        module = writing_module(adapter, order, target.model.get_output_embeddings().in_features)
        examples, texts = map(list, zip(*learnt_answers(self.project), strict=True))
        piece = target.fit_piece(module.removeprefix(WITHIN), examples, texts, self.decided)
        write_adapter(with_offset(adapter, module, piece, wanted.offset), folder)

    def _rows(self, name: str, adapter: Path, drafts: Sequence[str], asked: Asked) -> list[DialRow]:
        """Rows under an adapter, read once."""
        if not self.bench.done(self.bench.file(name)):
            self.bench.write(name, self._read(adapter, drafts, asked))
        return self.bench.rows(name, DialRow)

    def _read(self, adapter: Path, drafts: Sequence[str], asked: Asked) -> list[DialRow]:
        target = LocalTarget(self.project.base, adapter, self.project.params)
        examples = [row for _, row in asked]
        found = target.branches(examples, drafts, [bool(row.gold) for row in examples], self.decided)
        parse = target.dialect.parse
        made = [
            DialRow(
                part=part,
                calls=bool(row.gold),
                margin=branch.margin,
                later=list(branch.later),
                right=_right(check(row, branch.text, parse=parse)),
                draft=draft,
                text=branch.text,
            )
            for (part, row), draft, branch in zip(asked, drafts, found, strict=True)
        ]
        del target
        release_memory()
        return made


def _right(verdict: Verdict) -> bool | None:
    return None if verdict.example_error is not None else verdict.correct
