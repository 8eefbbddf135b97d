"""Dials: after the target's training, its mean with the champion and an offset between calling and declining.

Both are chosen on `val` alone, and both lie in the adapter when it is done: whoever loads it has them. What an offset
would do is told from margins that were read once; the best ones are built into the adapter, asked, and must hold there.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.checker import check
from sparring.dialects import DIALECTS
from sparring.engine.adapter_weights import WITHIN, mean_of, read_adapter, with_offset, write_adapter, writing_module
from sparring.engine.decision import Decision, decision
from sparring.engine.memory import release_memory
from sparring.engine.models import load_tokenizer
from sparring.project.workspace import Project, Workbench
from sparring.records import Dial, DialSetting, Example, GatedAttack, by_id
from sparring.storage import read_record
from sparring.studies.dials import (
    FITTED_NO_CALL,
    FITTED_ROWS,
    HELD,
    DialRow,
    best_first,
    counted,
    dial_words,
    moved,
    part_of,
    setting,
)
from sparring.targets.local import LocalTarget
from sparring.terminal import say
from sparring.training.mix import clean_rows
from tasks.clock import timed
from tasks.players import attacker, gate, gold_text
from tasks.rounds import Round

TRAINED = "trained"  # the target's adapter before its dials are set
DIAL = "dial.json"


@task(name="dials", cache_policy=NO_CACHE)
@timed
def dials(played: Round) -> None:
    """Makes the target's adapter of the trained one."""
    adapter = played.bench.folder / "target"
    if played.bench.done(adapter):
        return
    champion = None if played.after is None else played.champion.target_adapter
    dial = set_dials(
        played.project, played.bench.folder / TRAINED, champion, validation_attacks(played), played.bench, adapter
    )
    if dial is not None:
        played.bench.write_json(DIAL, dial.model_dump(mode="json"))
        say(f"{played.name}: {dial_words(dial)}")
    played.bench.finished(adapter)


def chosen_dial(bench: Workbench) -> Dial | None:
    """What the dials of a round were set to; None where its recipe has none."""
    path = bench.folder / DIAL
    return read_record(path, Dial) if path.exists() else None


def validation_seeds(project: Project) -> list[Example]:
    """The rows of `val` that dials are set by, with calls and without; drawn by the seed."""
    val = project.examples("val")
    random.Random(f"dials:{project.params.seed}").shuffle(val)
    wanted = project.params.dials.examples
    return [row for row in val if row.gold][:wanted] + [row for row in val if row.wants_no_call][:wanted]


def validation_attacks(played: Round) -> list[GatedAttack]:
    """One attack on each of them by this round's query model; none where the recipe has no dials."""
    if not _wanted(played.project):
        return []
    if not played.bench.done(played.bench.file("dial_attacks")):
        seeds = validation_seeds(played.project)
        written = attacker(played, played.bench.folder / "query").write(seeds, 1)
        played.bench.write("dial_attacks", gate(played.gatekeeper, written, seeds))
        release_memory()
    return played.bench.rows("dial_attacks", GatedAttack)


def asked(seeds: Sequence[Example], attacks: Sequence[GatedAttack]) -> list[tuple[str, Example]]:
    """What is asked, with the part that it belongs to: the seeds as they are, then the valid attacks on them."""
    known = by_id(seeds)
    valid = [each.attack for each in attacks if each.rejected_by is None]
    attacked = [known[attack.example_id].with_query(attack.query) for attack in valid]
    return [(part_of(here, bool(row.gold)), row) for here, rows in ((False, seeds), (True, attacked)) for row in rows]


def learnt_answers(project: Project) -> list[tuple[Example, str]]:
    """Training rows with their answers, half of them with a call: what an offset is fitted to."""
    train = project.examples("train")
    known = by_id(train)
    rows = clean_rows(train, FITTED_ROWS, FITTED_NO_CALL, lambda row: gold_text(project, row), project.params.seed)
    return [(known[row.id.split(":", 1)[1]], row.completion) for row in rows]


def where_decided(project: Project) -> Decision | None:
    """Where an answer decides whether it calls, by dialect and tokenizer; None where it does so at no one token."""
    rows = [row for split in ("train", "val") for row in project.examples(split)]
    calling = sorted({gold_text(project, row) for row in rows if row.gold})
    declining = DIALECTS[project.params.target.dialect].render([])
    return decision(load_tokenizer(project.base), calling, declining)


def set_dials(
    project: Project,
    trained: Path,
    champion: Path | None,
    attacks: Sequence[GatedAttack],
    bench: Workbench,
    out: Path,
) -> Dial | None:
    """Writes the trained adapter with its dials set to `out`; as it is, and None, where the recipe has no dials.

    Args:
        project: The recipe, and the rows of `val`.
        trained: Folder of the target's adapter as it was trained.
        champion: Folder of the champion's; None in the baseline.
        attacks: On rows of `validation_seeds`.
        bench: Where half-done work lies.
        out: Folder of the finished adapter.
    """
    rows = asked(validation_seeds(project), attacks) if _wanted(project) else []
    decided = where_decided(project) if rows else None
    if decided is None:
        if _wanted(project):
            why = "calls and declining do not part at one token of this tokenizer" if rows else "val has no rows"
            say(f"{bench.name}: no dials are set: {why}")
        _copy(trained, out)
        return None
    tuning = Tuning(project, trained, champion, rows, decided, bench)
    settings = [one for scale in tuning.scales for one in tuning.told(scale)]
    tried = list(tuning.held(settings))
    best = best_first([one for one in (*settings, *(each.setting for each in tried)) if one.measured])[0]
    chosen = next((each for each in tried if each.setting is best), None)
    _copy(tuning.scaled(best.scale) if chosen is None else chosen.adapter, out)
    mean, spread, leak = (None, None, None) if chosen is None else chosen.moved
    return Dial(
        scale=best.scale,
        offset=best.offset,
        rows=counted(tuning.rows(1.0)),
        settings=[*settings, *(each.setting for each in tried)],
        moved=mean,
        moved_sd=spread,
        leak=leak,
    )


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
        asked: Rows with the part that each belongs to.
        decided: Where an answer decides whether it calls.
        bench: Where half-done work lies.
        read: The rows by scale, as far as they were read.
    """

    project: Project
    trained: Path
    champion: Path | None
    asked: Sequence[tuple[str, Example]]
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
            champion = None if self.champion is None else read_adapter(self.champion)
            write_adapter(mean_of(read_adapter(self.trained), champion, scale), folder)
            self.bench.finished(folder)
        return folder

    def rows(self, scale: float) -> list[DialRow]:
        """The rows as they were read under the mean."""
        if scale not in self.read:
            drafts = [gold_text(self.project, row) for _, row in self.asked]
            if scale != 1.0:
                drafts = [row.text for row in self.rows(1.0)]
            self.read[scale] = self._rows(f"dial-{scale:g}", self.scaled(scale), drafts)
        return self.read[scale]

    def told(self, scale: float) -> list[DialSetting]:
        """What the rows say of every offset under the mean."""
        return [setting(self.rows(scale), scale, offset) for offset in (0.0, *self.project.params.dials.offsets)]

    def held(self, settings: Sequence[DialSetting]) -> Iterator[Held]:
        """Offsets that promise more than was measured, the best first, as adapters that hold them."""
        best = best_first([one for one in settings if one.measured])[0].score
        for one in best_first([one for one in settings if not one.measured])[:HELD]:
            if one.score <= best:
                return
            yield (found := self.hold(one))
            best = max(best, found.setting.score)

    def hold(self, wanted: DialSetting) -> Held:
        """An adapter that holds a setting, and what the rows make of it."""
        name = f"dial-{wanted.scale:g}-{wanted.offset:g}"
        folder, before = self.bench.folder / name, self.rows(wanted.scale)
        if not self.bench.done(folder):
            self._build(wanted, folder)
            self.bench.finished(folder)
        rows = self._rows(name, folder, [row.text for row in before])
        found = setting(rows, wanted.scale).model_copy(update={"offset": wanted.offset})
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
        release_memory()

    def _rows(self, name: str, adapter: Path, drafts: Sequence[str]) -> list[DialRow]:
        """All rows under an adapter, read once."""
        if not self.bench.done(self.bench.file(name)):
            self.bench.write(name, self._read(adapter, drafts))
        return self.bench.rows(name, DialRow)

    def _read(self, adapter: Path, drafts: Sequence[str]) -> list[DialRow]:
        target = LocalTarget(self.project.base, adapter, self.project.params)
        examples = [row for _, row in self.asked]
        found = target.branches(examples, drafts, [bool(row.gold) for row in examples], self.decided)
        parse = target.dialect.parse
        made = [
            DialRow(
                part=part,
                calls=bool(row.gold),
                margin=branch.margin,
                later=list(branch.later),
                right=check(row, branch.text, parse=parse).correct,
                draft=draft,
                text=branch.text,
            )
            for (part, row), draft, branch in zip(self.asked, drafts, found, strict=True)
        ]
        del target
        release_memory()
        return made


def _wanted(project: Project) -> bool:
    return bool(project.params.dials.scales or project.params.dials.offsets)


def _copy(adapter: Path, out: Path) -> None:
    """The adapter at another place, whole or not at all."""
    write_adapter(read_adapter(adapter), out)
