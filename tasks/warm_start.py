"""Warm start of both players: the target on clean seeds, the query model on rule-made actions."""

import random

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.attacker.query_prompts import query_messages
from sparring.attacker.seeds import of_both_kinds
from sparring.attacker.warm_start import NO_CALL_SHARE, rule_made_actions
from sparring.config import WarmStartParams
from sparring.training.sft import SFTJob, SFTRow
from tasks.clock import timed
from tasks.dials import TRAINED
from tasks.players import training_row, warm_start_hyper
from tasks.rounds import Round
from tasks.target_update import warm_rows
from tasks.tracking import RoundRun
from tasks.training import train


@task(name="warm start of the target", cache_policy=NO_CACHE)
@timed
def warm_start_target(played: Round, run: RoundRun) -> None:
    """Fine-tunes the base on clean seeds, with the no-call share of a round's mix."""
    if played.bench.done(played.bench.folder / TRAINED):
        return
    rows = [training_row(played.project, row) for row in warm_rows(played)]
    _train(played, run, "target", played.project.params.target.warm_start, rows)


@task(name="warm start of the query model", cache_policy=NO_CACHE)
@timed
def warm_start_query_model(played: Round, run: RoundRun) -> None:
    """Fine-tunes the base on programs that pass the gates, on seeds of both kinds."""
    if played.bench.done(played.bench.folder / "query"):
        return
    wanted = played.project.params.query_model.warm_start
    seeds = played.project.examples("train")
    random.Random(played.project.params.seed).shuffle(seeds)
    chosen = of_both_kinds(seeds, wanted.examples, NO_CALL_SHARE)
    action = played.project.params.query_model.action
    pairs = rule_made_actions(chosen, played.project.gatekeeper, action, played.project.params.seed)
    _train(played, run, "query", wanted, [SFTRow(query_messages(example, action), text) for example, text in pairs])


def _train(played: Round, run: RoundRun, player: str, wanted: WarmStartParams, rows: list[SFTRow]) -> None:
    label = f"warm start of the {'target' if player == 'target' else 'query model'}"
    out = played.bench.folder / (TRAINED if player == "target" else player)
    job = SFTJob(rows, played.project.base, None, out, warm_start_hyper(played.project, wanted), label)
    train(played, job, played.bench.folder / f"{player}-sft", run.logger(f"{player}_warm_start"))
    played.bench.finished(out)
