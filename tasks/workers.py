"""Rollouts and checks shared over workers by Prefect's task runners: processes, Ray, Dask.

Every worker knows the whole request and does its part of it, cut as one worker alone would cut it: the results are
equal, byte by byte, however many share it. Training is not shared here.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar, cast

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner

from sparring.config import Params, WorkerParams
from sparring.engine.batched_generation import Part, in_order
from sparring.engine.determinism import settle
from sparring.engine.drafted import Drafted
from sparring.errors import InputError
from sparring.records import Example
from sparring.targets.local import LocalTarget
from sparring.targets.replies import Replies, whole

T = TypeVar("T")
OFFLINE = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}


def spread(workers: WorkerParams, label: str, work: Callable[[Part], Mapping[int, T]]) -> list[T]:
    """The results of all parts of a piece of work, in the order of its rows.

    Args:
        workers: Who shares it.
        label: What Prefect's pages call it.
        work: Does one part; it travels to the workers, so it must be made of what can be pickled.

    Raises:
        InputError: The engine's package is not installed.
    """

    @task(name=label, task_run_name=f"{label}-{{number}}", cache_policy=NO_CACHE)
    def one_part(number: int) -> Mapping[int, T]:
        return work(Part(number, workers.count))

    @flow(name=f"{label} on {workers.engine}", task_runner=runner(workers))
    def all_parts() -> dict[int, T]:
        found: dict[int, T] = {}
        for done in one_part.map(range(workers.count)).result():
            found |= done
        return found

    return in_order(all_parts())


def runner(workers: WorkerParams) -> TaskRunner[Any]:
    """Prefect's task runner for an engine.

    Raises:
        InputError: Its package is not installed.
    """
    try:
        if workers.engine == "ray":
            os.environ |= OFFLINE
            from prefect_ray import RayTaskRunner

            started = {"num_cpus": workers.count, "include_dashboard": False, "log_to_driver": False}
            found = RayTaskRunner(address=workers.address, init_kwargs=None if workers.address else started)
            return cast(TaskRunner[Any], found)
        if workers.engine == "dask":
            from prefect_dask import DaskTaskRunner

            local = {"n_workers": workers.count, "threads_per_worker": 1, "dashboard_address": None}
            found = DaskTaskRunner(address=workers.address, cluster_kwargs=None if workers.address else local)
            return cast(TaskRunner[Any], found)
    except ImportError:
        engine = workers.engine
        raise InputError(f"workers.engine: {engine} is not installed; pip install 'sparring[{engine}]'") from None
    return ProcessPoolTaskRunner(max_workers=workers.count)


class SharedTarget:
    """A local target whose rollouts are shared over workers; each loads it once.

    Args:
        here: The target.
        params: The recipe.
    """

    def __init__(self, here: LocalTarget, params: Params) -> None:
        self.here = here
        self.params = params

    def answer(self, examples: Sequence[Example], samples: int, temperature: float, seed: int) -> list[list[str]]:
        """Texts per example, `samples` each, in the order of the examples; temperature 0 is greedy."""
        return self._spread(LocalTarget.part_of_answers, examples, samples, temperature, seed)

    def ask(self, examples: Sequence[Example], samples: int, temperature: float, seed: int) -> Replies:
        """What `answer` gives; a worker that dies ends the step, and loses no row."""
        return whole(self.answer(examples, samples, temperature, seed))

    def answer_drafts(self, examples: Sequence[Example], drafts: Sequence[str]) -> list[Drafted]:
        """The greedy answer to each example, quickly where it is the draft, and the draft's log-likelihood."""
        return self._spread(LocalTarget.part_of_drafts, examples, drafts)

    def gold_logprob(self, examples: Sequence[Example], texts: Sequence[str]) -> list[float]:
        """Log-likelihood of a text as the answer to each example; read here."""
        return self.here.gold_logprob(examples, texts)

    def _spread(self, method: Callable[..., Mapping[int, T]], *arguments: Any) -> list[T]:
        work = partial(_part, self.here.base, self.here.adapter, self.params, method, arguments)
        return spread(self.params.workers, "rollout", work)


def shared(target: LocalTarget) -> LocalTarget | SharedTarget:
    """The target with its rollouts shared as the recipe says."""
    return target if target.params.workers.engine is None else SharedTarget(target, target.params)


def _part(
    base: Path,
    adapter: Path | None,
    params: Params,
    method: Callable[..., Mapping[int, T]],
    arguments: Sequence[Any],
    part: Part,
) -> Mapping[int, T]:
    """On a worker: one part of a rollout."""
    settle(params.threads, params.seed)
    return method(_loaded(base, adapter, params.model_dump_json()), *arguments, part)


@lru_cache(maxsize=2)
def _loaded(base: Path, adapter: Path | None, recipe: str) -> LocalTarget:
    """A target is loaded once a worker; the recipe is text, which can be a key."""
    return LocalTarget(base, adapter, Params.model_validate_json(recipe))
