"""Warm start of both players: the target on clean seeds, the query model on rule-made actions.

A player may be the mean of several trainings that differ in their random seed alone: what one of them learnt of its
order and its draw is not in the others (docs/machines.md says what that gains).
"""

import random
from collections.abc import Callable
from dataclasses import replace
from math import ceil
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.attacker.query_prompts import query_messages
from sparring.attacker.seeds import of_both_kinds
from sparring.attacker.warm_start import NO_CALL_SHARE, rule_made_actions
from sparring.config import WarmStartParams
from sparring.engine.adapter_weights import mean_of, read_adapter, write_adapter
from sparring.progress import OnLog
from sparring.training.sft import SFTJob, SFTRow
from tasks.clock import timed
from tasks.dials import TRAINED
from tasks.players import training_row, warm_start_hyper
from tasks.rounds import Round
from tasks.target_update import warm_rows
from tasks.tracking import RoundRun
from tasks.training import train

MEMBER_STEP = 1000  # between the random seeds of two members


@task(name="warm start of the target", cache_policy=NO_CACHE)
@timed
def warm_start_target(played: Round, run: RoundRun) -> None:
    """Fine-tunes the base on clean seeds, with the no-call share of a round's mix."""
    out = played.bench.folder / TRAINED
    if not played.bench.done(out):
        _learn(played, run, "target", target_jobs(played, out))


@task(name="warm start of the query model", cache_policy=NO_CACHE)
@timed
def warm_start_query_model(played: Round, run: RoundRun) -> None:
    """Fine-tunes the base on programs that pass the gates, on seeds of both kinds."""
    out = played.bench.folder / "query"
    if not played.bench.done(out):
        wanted = played.project.params.query_model.warm_start
        _learn(played, run, "query", _jobs(played, wanted, _program_rows, "warm start of the query model", out))


def target_jobs(played: Round, out: Path) -> list[SFTJob]:
    """The trainings whose mean the target of the baseline is, for a folder of its adapter."""
    wanted = played.project.params.target.warm_start
    return _jobs(played, wanted, _clean_rows, "warm start of the target", out)


def write_mean(jobs: list[SFTJob], out: Path) -> None:
    """The mean of what several trainings made; one alone has written it already."""
    if len(jobs) > 1:
        write_adapter(mean_of([read_adapter(job.out) for job in jobs]), out)


def _clean_rows(played: Round) -> list[SFTRow]:
    return [training_row(played.project, row) for row in warm_rows(played)]


def _program_rows(played: Round) -> list[SFTRow]:
    wanted = played.project.params.query_model.warm_start
    seeds = played.project.examples("train")
    random.Random(played.project.params.seed).shuffle(seeds)
    chosen = of_both_kinds(seeds, wanted.examples, NO_CALL_SHARE)
    action = played.project.params.query_model.action
    pairs = rule_made_actions(chosen, played.project.gatekeeper, action, played.project.params.seed)
    return [SFTRow(query_messages(example, action), text) for example, text in pairs]


def _jobs(
    played: Round, wanted: WarmStartParams, rows: Callable[[Round], list[SFTRow]], label: str, out: Path
) -> list[SFTJob]:
    """One training a member, each with a random seed of its own, in a folder beside `out`; a single one in `out`."""
    jobs = []
    for number in range(wanted.members):
        params = played.project.params
        seeded = params.model_copy(update={"seed": params.seed + number * MEMBER_STEP})
        member = replace(played, project=replace(played.project, params=seeded))
        alone = wanted.members == 1
        folder = out if alone else out.with_name(f"{out.name}-{number + 1}")
        told = label if alone else f"{label}, {number + 1} of {wanted.members}"
        hyper = warm_start_hyper(member.project, wanted)
        jobs.append(SFTJob(rows(member), played.project.base, None, folder, hyper, told))
    return jobs


def _learn(played: Round, run: RoundRun, player: str, jobs: list[SFTJob]) -> None:
    """Trains the members that are not there yet, and writes their mean."""
    log, begun = run.logger(f"{player}_warm_start"), 0
    out = played.bench.folder / (TRAINED if player == "target" else player)
    for job in jobs:
        if job.out == out or not played.bench.done(job.out):
            work = played.bench.folder / f"{player}-sft{job.out.name.removeprefix(out.name)}"
            train(played, job, work, _behind(begun, log))
            played.bench.finished(job.out)
        begun += job.hyper.epochs * ceil(len(job.rows) / job.hyper.batch_size)
    write_mean(jobs, out)
    played.bench.finished(out)


def _behind(begun: int, log: OnLog) -> OnLog:
    """Counts a member's steps on from those of the members before it."""
    return lambda step, metrics: log(begun + step, metrics)
