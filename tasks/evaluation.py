"""Evaluation: clean and no-call accuracy and attack success on held-out seeds, against the champion before.

The held-out attacks are written once, by this round's query model, and answered by both targets: what differs is the
target alone.
"""

import random

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.records import Example, Trial
from tasks.clock import timed
from tasks.game import Game
from tasks.judging import judge_lost
from tasks.players import answer, answer_seeds, gate, target, write_attacks
from tasks.schema_trials import champions_schema_trials, schema_trials

ATTACKED = ("heldout", "schema")
ATTACKED_BEFORE = ("heldout_before", "schema_before")


@task(name="evaluation", cache_policy=NO_CACHE)
@timed
def evaluation(game: Game) -> None:
    """Writes clean.jsonl, heldout.jsonl, schema.jsonl and, after a round, those of the champion before."""
    challenger = target(game, game.work / "target")
    if not game.done(game.file("clean")):
        game.write("clean", answer_seeds(game, challenger, clean_rows(game)))
    names = ATTACKED if game.after is None else (*ATTACKED, *ATTACKED_BEFORE)
    if game.done(*(game.file(name) for name in names)):
        return
    seeds = heldout_seeds(game)
    attacks = write_attacks(game, game.work / "query", seeds, game.params.evaluation.attacks_per_seed)
    rejections = gate(game, attacks, seeds)
    if game.after is not None:
        champion = target(game, game.champion.target_adapter)
        known = game.champions_trials("clean")
        before = answer(game, champion, attacks, seeds, rejections, known)
        game.write("heldout_before", judge_lost(game, before, seeds))
        game.write("schema_before", champions_schema_trials(game, champion, seeds))
    known = game.rows("clean", Trial)
    after = answer(game, challenger, attacks, seeds, rejections, known)
    game.write("schema", schema_trials(game, challenger, seeds))
    game.write("heldout", judge_lost(game, after, seeds))


def clean_rows(game: Game) -> list[Example]:
    """The fixed held-out rows of every round, with calls and without: drawn once by the seed, over all categories."""
    val = game.examples("val")
    random.Random(game.params.seed).shuffle(val)
    with_calls = [example for example in val if example.gold]
    without = [example for example in val if example.wants_no_call]
    return with_calls[: game.params.evaluation.clean_examples] + without[: game.params.evaluation.no_call_examples]


def heldout_seeds(game: Game) -> list[Example]:
    """Held-out seeds with calls that the champion before (in the baseline: this target) answers rightly."""
    clean = game.rows("clean", Trial) if game.after is None else game.champions_trials("clean")
    passed = {trial.attack.example_id for trial in clean if trial.first_right}
    return [row for row in clean_rows(game) if row.gold and row.id in passed][: game.params.evaluation.attack_seeds]
