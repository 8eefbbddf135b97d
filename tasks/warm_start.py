"""Warm start of both players: the target on clean seeds, the query model on rule-made actions.

The target may be the mean of several trainings that differ in their random seed alone: what one of them learnt of its
order and its draw is not in the others (docs/machines.md has what it gave).
"""

import random
from dataclasses import replace
from math import ceil
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.attacker.query_prompts import query_messages
from sparring.attacker.seeds import of_both_kinds
from sparring.attacker.warm_start import NO_CALL_SHARE, rule_made_actions
from sparring.engine.adapter_weights import mean_of, read_adapter, write_adapter
from sparring.engine.memory import release_memory
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
    if played.bench.done(out):
        return
    log, jobs, begun = run.logger("target_warm_start"), target_jobs(played, out), 0
    for job in jobs:
        if job.out == out or not played.bench.done(job.out):
            work = played.bench.folder / f"target-sft{job.out.name.removeprefix(out.name)}"
            train(played, job, work, _behind(begun, log))
            played.bench.finished(job.out)
            release_memory()
        begun += job.hyper.epochs * ceil(len(job.rows) / job.hyper.batch_size)
    write_mean(jobs, out)
    played.bench.finished(out)


@task(name="warm start of the query model", cache_policy=NO_CACHE)
@timed
def warm_start_query_model(played: Round, run: RoundRun) -> None:
    """Fine-tunes the base on programs that pass the gates, on seeds of both kinds."""
    out, project = played.bench.folder / "query", played.project
    if played.bench.done(out):
        return
    wanted, action, seed = project.params.query_model.warm_start, project.params.query_model.action, project.params.seed
    seeds = project.examples("train")
    random.Random(seed).shuffle(seeds)
    chosen = of_both_kinds(seeds, wanted.examples, NO_CALL_SHARE)
    pairs = rule_made_actions(chosen, project.gatekeeper, action, seed)
    rows = [SFTRow(query_messages(example, action), text) for example, text in pairs]
    job = SFTJob(rows, project.base, None, out, warm_start_hyper(project, wanted), "warm start of the query model")
    train(played, job, played.bench.folder / "query-sft", run.logger("query_warm_start"))
    played.bench.finished(out)


def target_jobs(played: Round, out: Path) -> list[SFTJob]:
    """The trainings whose mean the baseline's target is.

    Each has a random seed of its own and writes to a folder beside `out`, where the mean is to lie; a single one to
    `out` itself.
    """
    params, label = played.project.params, "warm start of the target"
    wanted, jobs = params.target.warm_start, []
    for number in range(wanted.members):
        seeded = params.model_copy(update={"seed": params.seed + number * MEMBER_STEP})
        member = replace(played, project=replace(played.project, params=seeded))
        rows = [training_row(member.project, row) for row in warm_rows(member)]
        alone = wanted.members == 1
        folder = out if alone else out.with_name(f"{out.name}-{number + 1}")
        told = label if alone else f"{label}, {number + 1} of {wanted.members}"
        jobs.append(SFTJob(rows, member.project.base, None, folder, warm_start_hyper(member.project, wanted), told))
    return jobs


def write_mean(jobs: list[SFTJob], out: Path) -> None:
    """The mean of what several trainings made; one alone has written it already."""
    if len(jobs) > 1:
        write_adapter(mean_of([read_adapter(job.out) for job in jobs]), out)


def _behind(begun: int, log: OnLog) -> OnLog:
    """Counts a member's steps on from those of the members before it."""
    return lambda step, metrics: log(begun + step, metrics)
