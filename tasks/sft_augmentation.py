"""SFT augmentation: proven failures, replay, clean and no-call rows; the target is fine-tuned on them."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.dialects import DIALECTS
from sparring.errors import InputError
from sparring.project.decontamination import describe, find_leaks
from sparring.project.splits import HELD_OUT
from sparring.records import Attack, Mistake, SFTExample, Trial, by_id
from sparring.training.mix import mix, updated_mistakes
from tasks.attacks import ungated
from tasks.clock import timed
from tasks.dials import TRAINED
from tasks.players import answer, archive_before, gold_text, target
from tasks.rounds import Round
from tasks.target_update import completed, update_target
from tasks.tracking import RoundRun


@task(name="SFT augmentation", cache_policy=NO_CACHE)
@timed
def sft_augmentation(played: Round, run: RoundRun) -> None:
    """Writes mistakes.jsonl, archive.jsonl, sft.jsonl and the target's adapter, its dials not set yet."""
    if not played.bench.done(*(played.bench.file(name) for name in ("sft", "mistakes", "archive"))):
        _write_training_set(played)
    adapter = played.bench.folder / TRAINED
    if played.bench.done(adapter):
        return
    rows, log = played.bench.rows("sft", SFTExample), run.logger("sft")
    update_target(played, rows, _attacks(played), adapter, played.bench.folder / "sft", "SFT augmentation", log)
    played.bench.finished(adapter)


def _attacks(played: Round) -> list[Attack]:
    """Every attack that a training row may be."""
    fresh = [trial.attack for trial in played.bench.rows("trials", Trial)]
    return [*fresh, *(mistake.attack for mistake in played.rows_before("mistakes", Mistake))]


def _write_training_set(played: Round) -> None:
    """The mistake book is tried again on the present target before it is replayed.

    Raises:
        InputError: A row knows a held-out one.
    """
    train = played.project.examples("train")
    fresh = played.bench.rows("trials", Trial)
    book = played.rows_before("mistakes", Mistake)
    retried = []
    if book:
        attacks = [mistake.attack for mistake in book]
        retried = answer(
            played.project, target(played.project, played.champion.target_adapter), ungated(attacks), train
        )
    rows = mix(
        fresh=fresh,
        book=book,
        clean=train,
        examples=by_id(train),
        render=lambda example: gold_text(played.project, example),
        params=played.project.params.sft,
        seed=played.project.params.seed,
    )
    rows = completed(played, rows, _attacks(played))
    archive = archive_before(played)
    archive.add(fresh, by_id(train))
    heldout = [example for split in HELD_OUT for example in played.project.examples(split)]
    if leaks := find_leaks(rows, heldout, DIALECTS[played.project.params.target.dialect].parse):
        raise InputError(f"{played.name}: {describe(leaks)}")
    archive.save(played.bench.file("archive"))
    played.bench.finished(played.bench.file("archive"))
    played.bench.write("mistakes", updated_mistakes(book, retried, fresh))
    played.bench.write("sft", rows)
