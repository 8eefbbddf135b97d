"""SFT augmentation: proven failures, replay, clean and no-call rows; the target is fine-tuned on them."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.dialects import DIALECTS
from sparring.project.decontamination import describe, find_leaks
from sparring.records import Attack, Mistake, SFTExample, Trial, by_id
from sparring.storage import InputError
from sparring.training.mix import mix, updated_mistakes
from tasks.clock import timed
from tasks.game import Game
from tasks.players import answer, archive_before, gold_text, target
from tasks.target_update import completed, update_target
from tasks.tracking import RoundRun


@task(name="SFT augmentation", cache_policy=NO_CACHE)
@timed
def sft_augmentation(game: Game, run: RoundRun) -> None:
    """Writes mistakes.jsonl, archive.jsonl, sft.jsonl and the target's adapter."""
    if not game.done(*(game.file(name) for name in ("sft", "mistakes", "archive"))):
        _write_training_set(game)
    adapter = game.work / "target"
    if game.done(adapter):
        return
    rows, log = game.rows("sft", SFTExample), run.logger("sft")
    update_target(game, rows, _attacks(game), adapter, game.work / "sft", "SFT augmentation", log)
    game.finished(adapter)


def _attacks(game: Game) -> list[Attack]:
    """Every attack that a training row may be."""
    fresh = [trial.attack for trial in game.rows("trials", Trial)]
    return [*fresh, *(mistake.attack for mistake in game.rows_before("mistakes", Mistake))]


def _write_training_set(game: Game) -> None:
    """The mistake book is tried again on the present target before it is replayed.

    Raises:
        InputError: A row knows a held-out one.
    """
    train = game.examples("train")
    fresh = game.rows("trials", Trial)
    book = game.rows_before("mistakes", Mistake)
    retried = []
    if book:
        attacks = [mistake.attack for mistake in book]
        retried = answer(game, target(game, game.champion.target_adapter), attacks, train, [None] * len(attacks))
    rows = mix(
        fresh=fresh,
        book=book,
        clean=train,
        examples=by_id(train),
        render=lambda example: gold_text(game, example),
        params=game.params.sft,
        seed=game.params.seed,
    )
    rows = completed(game, rows, _attacks(game))
    archive = archive_before(game)
    archive.add(fresh, by_id(train))
    heldout = [example for split in ("val", "test", "ood") for example in game.examples(split)]
    if leaks := find_leaks(rows, heldout, DIALECTS[game.params.target.dialect].parse):
        raise InputError(f"{game.round}: {describe(leaks)}")
    archive.save(game.file("archive"))
    game.finished(game.file("archive"))
    game.write("mistakes", updated_mistakes(book, retried, fresh))
    game.write("sft", rows)
