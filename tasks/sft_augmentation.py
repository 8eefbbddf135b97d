"""SFT augmentation: attacks of several attackers beside their untouched seeds; the target is fine-tuned on them."""

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.attacker.attacks import ungated
from sparring.errors import InputError
from sparring.project.decontamination import describe
from sparring.records import Example, Mistake, SFTExample, Trial
from sparring.training.drawing import Candidate
from sparring.training.mistake_book import updated_mistakes
from sparring.training.mix import lacking, mix
from tasks.clock import timed
from tasks.dials import TRAINED
from tasks.further_attacks import TOOLS, further_trials, writers
from tasks.players import answer, archive_before
from tasks.rounds import Round
from tasks.target_update import ASKED, completed, update_target
from tasks.teaching import Teaching
from tasks.tracking import RoundRun

RETRIED = "retried"  # the mistake book against the present target


@task(name="SFT augmentation", cache_policy=NO_CACHE)
@timed
def sft_augmentation(played: Round, run: RoundRun) -> None:
    """Writes mistakes.jsonl, archive.jsonl, sft.jsonl and the target's adapter, its dials not set yet."""
    if not played.bench.done(*(played.bench.file(name) for name in ("sft", ASKED, "mistakes", "archive"))):
        _write_training_set(played)
    adapter = played.bench.folder / TRAINED
    if played.bench.done(adapter):
        return
    rows, asked = played.bench.rows("sft", SFTExample), played.bench.rows(ASKED, Example)
    update_target(played, rows, asked, adapter, played.bench.folder / "sft", "SFT augmentation", run.logger("sft"))
    played.bench.finished(adapter)


def _write_training_set(played: Round) -> None:
    """Draws the mix, and hands on what the next round remembers.

    Raises:
        InputError: A row knows a held-out one.
    """
    teaching, params = Teaching(played), played.project.params
    fresh, book = played.bench.rows("trials", Trial), played.rows_before("mistakes", Mistake)
    retried = _retried(teaching, book)
    candidates = teaching.candidates(fresh, "query")
    candidates += teaching.candidates(retried, "book", {mistake.attack.id: mistake.score for mistake in book})
    further = further_trials(teaching, lacking(candidates, teaching.untouched, params.sft, writers(played)))
    candidates += _further(teaching, further)
    drawn = completed(played, mix(candidates, teaching.untouched, params.sft, params.seed))
    rows = [each.row for each in drawn]
    if leaks := teaching.leaks(rows):
        raise InputError(f"{played.name}: {describe(leaks)}")
    archive = archive_before(played)
    archive.add(fresh, teaching.seeds)
    archive.save(played.bench.file("archive"))
    played.bench.finished(played.bench.file("archive"))
    rewritten = [trial for writer, trials in further.items() if writer != TOOLS for trial in trials]
    proven = {seed.id for seed in teaching.passing}
    lost = [*fresh, *(trial for trial in rewritten if trial.attack.example_id in proven)]
    played.bench.write("mistakes", updated_mistakes(book, retried, lost))
    played.bench.write(ASKED, [each.asked for each in drawn])
    played.bench.write("sft", rows)


def _retried(teaching: Teaching, book: list[Mistake]) -> list[Trial]:
    """The mistake book's attacks against the present target, before they are replayed."""
    played = teaching.played
    if not book:
        return []
    if not played.bench.done(played.bench.file(RETRIED)):
        attacks = ungated([mistake.attack for mistake in book])
        seeds = list(teaching.seeds.values())
        played.bench.write(RETRIED, answer(played.project, teaching.opponent, attacks, seeds))
    return played.bench.rows(RETRIED, Trial)


def _further(teaching: Teaching, trials: dict[str, list[Trial]]) -> list[Candidate]:
    return [each for writer, found in trials.items() for each in teaching.candidates(found, writer)]
