"""The target's update on a training set, by the way that the recipe names (sparring/training/updates)."""

import random
from collections.abc import Sequence
from pathlib import Path

from sparring.progress import OnLog
from sparring.project.splits import LEARNT
from sparring.records import Example, SFTExample, by_id
from sparring.training.mix import Drawn
from sparring.training.seed_rows import clean_rows
from sparring.training.updates import UPDATES, Lesson
from tasks.players import gold_text, target
from tasks.rounds import Round
from tasks.training import train

ASKED = "asked"  # per row of the training set what it asks, with the gold that is right then


def completed(played: Round, drawn: Sequence[Drawn]) -> list[Drawn]:
    """A round's mix as the recipe's update learns it: its own answers, and the warm start's rows."""
    rows, asked = [each.row for each in drawn], [each.asked for each in drawn]
    params = played.project.params.sft
    if (rewrite := UPDATES[params.update].rewrite) is not None:
        answering = lambda: target(played.project, played.target_adapter).answer  # noqa: E731
        rows = rewrite(rows, asked, played.project.params, answering)
    if params.start == "base":
        known = {row.id for row in rows}
        more = [row for row in warm_rows(played) if row.id not in known]
        seeds = by_id(example for split in LEARNT for example in played.project.examples(split))
        rows, asked = [*rows, *more], [*asked, *(seeds[row.id.partition(":")[2]] for row in more)]
    return [Drawn(row, example) for row, example in zip(rows, asked, strict=True)]


def warm_rows(played: Round) -> list[SFTExample]:
    """The clean rows that the base learns before round r00; those for practice where train has too few."""
    wanted, share = played.project.params.target.warm_start.examples, played.project.params.target.no_call_share
    train = played.project.examples("train")
    rows = clean_rows(train, wanted, share, lambda row: gold_text(played.project, row), played.project.params.seed)
    missing = wanted - len(rows)
    if missing and (practice := played.project.examples("practice")):
        rows += clean_rows(
            practice, missing, 0.0, lambda row: gold_text(played.project, row), played.project.params.seed
        )
        random.Random(played.project.params.seed).shuffle(rows)
    return rows


def update_target(
    played: Round,
    rows: Sequence[SFTExample],
    asked: Sequence[Example],
    out: Path,
    work: Path,
    label: str,
    on_log: OnLog,
) -> None:
    """Trains the target as the recipe says, and writes its adapter to `out`.

    Args:
        played: The round.
        rows: The training set, completed.
        asked: Per row the seed with its gold, asking what the row asks.
        out: Folder of the finished adapter.
        work: Folder of checkpoints.
        label: What the progress line says.
        on_log: Called with (step, metrics).
    """
    params = played.project.params.sft
    champion = played.target_adapter
    start = champion if params.start == "last" else None
    lesson = Lesson(played.project.params, rows, asked, played.project.base, champion, start, out, label)
    train(played, UPDATES[params.update].job(lesson), work, on_log)
