"""Warm start of both players: the target on clean seeds, the query model on rule-made actions."""

import random

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.attacker.query_prompts import query_messages
from sparring.attacker.warm_start import rule_made_actions
from sparring.config import WarmStartParams
from sparring.records import Example
from sparring.training.sft import SFTJob, SFTRow
from tasks.clock import timed
from tasks.game import Game
from tasks.players import training_row, warm_start_hyper
from tasks.target_update import warm_rows
from tasks.tracking import RoundRun
from tasks.training import train


@task(name="warm start of the target", cache_policy=NO_CACHE)
@timed
def warm_start_target(game: Game, run: RoundRun) -> None:
    """Fine-tunes the base on clean seeds, with the no-call share of a round's mix."""
    if game.done(game.work / "target"):
        return
    rows = [training_row(game, row) for row in warm_rows(game)]
    _train(game, run, "target", game.params.target.warm_start, rows)


@task(name="warm start of the query model", cache_policy=NO_CACHE)
@timed
def warm_start_query_model(game: Game, run: RoundRun) -> None:
    """Fine-tunes the base on programs that pass the gates."""
    if game.done(game.work / "query"):
        return
    wanted = game.params.query_model.warm_start
    seeds = [example for example in game.examples("train") if example.gold]
    chosen: list[Example] = random.Random(game.params.seed).sample(seeds, min(wanted.examples, len(seeds)))
    action = game.params.query_model.action
    pairs = rule_made_actions(chosen, game.gatekeeper, action, game.params.seed)
    _train(game, run, "query", wanted, [SFTRow(query_messages(example, action), text) for example, text in pairs])


def _train(game: Game, run: RoundRun, player: str, wanted: WarmStartParams, rows: list[SFTRow]) -> None:
    label = f"warm start of the {'target' if player == 'target' else 'query model'}"
    job = SFTJob(rows, game.base, None, game.work / player, warm_start_hyper(game, wanted), label)
    train(game, job, game.work / f"{player}-sft", run.logger(f"{player}_warm_start"))
    game.finished(game.work / player)
