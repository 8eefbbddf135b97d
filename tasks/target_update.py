"""The target's update on a training set, by the way that the recipe names (sparring/training/updates)."""

import random
from collections.abc import Sequence
from pathlib import Path

from sparring.progress import OnLog
from sparring.project.splits import LEARNT
from sparring.records import Attack, Example, SFTExample, by_id
from sparring.training.mix import clean_rows
from sparring.training.updates import UPDATES, Lesson
from tasks.players import gold_text, target
from tasks.rounds import Round
from tasks.training import train


def completed(played: Round, rows: Sequence[SFTExample], attacks: Sequence[Attack]) -> list[SFTExample]:
    """The rows of a round's mix as the recipe's update learns them: its own answers, and the warm start's rows."""
    made, params = list(rows), played.project.params.sft
    if (rewrite := UPDATES[params.update].rewrite) is not None:
        answering = lambda: target(played.project, played.champion.target_adapter).answer  # noqa: E731
        made = rewrite(made, _asked(played, made, attacks), played.project.params, answering)
    if params.start == "base":
        made += [row for row in warm_rows(played) if row.id not in {known.id for known in made}]
    return made


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
    attacks: Sequence[Attack],
    out: Path,
    work: Path,
    label: str,
    on_log: OnLog,
) -> None:
    """Trains the target as the recipe says, and writes its adapter to `out`.

    Args:
        played: The round.
        rows: The training set, completed.
        attacks: Those that its rows ask, among others.
        out: Folder of the finished adapter.
        work: Folder of checkpoints.
        label: What the progress line says.
        on_log: Called with (step, metrics).
    """
    params = played.project.params.sft
    champion = played.champion.target_adapter
    start = champion if params.start == "last" else None
    asked = _asked(played, rows, attacks)
    lesson = Lesson(played.project.params, rows, asked, played.project.base, champion, start, out, label)
    train(played, UPDATES[params.update].job(lesson), work, on_log)


def _asked(played: Round, rows: Sequence[SFTExample], attacks: Sequence[Attack]) -> list[Example]:
    """Per row the training seed with its gold, asking what the row asks."""
    seeds = by_id(example for split in LEARNT for example in played.project.examples(split))
    asked = {attack.id: seeds[attack.example_id].with_query(attack.query) for attack in attacks}
    return [(seeds | asked)[row.id.split(":", 1)[1]] for row in rows]
