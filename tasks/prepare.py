"""Prepare: see sparring/project/prepare.py; downloads are retried, since a network may fail for a moment."""

from pathlib import Path
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State

from sparring.config import Params
from sparring.errors import UnreachableError
from sparring.project.prepare import prepare

RETRY_DELAYS_S = [5.0, 30.0]


def _may_pass(_task: object, _run: object, state: State[Any]) -> bool:
    """What could not be reached may be reached later; a wrong input stays wrong, and so does a fault of ours."""
    return isinstance(state.result(raise_on_failure=False), UnreachableError)


@task(
    name="prepare",
    cache_policy=NO_CACHE,
    retries=len(RETRY_DELAYS_S),
    retry_delay_seconds=RETRY_DELAYS_S,
    retry_condition_fn=_may_pass,
)
def prepare_data_and_models(params: Params, root: Path) -> None:
    """Writes data/splits, models/base and models/embedding."""
    prepare(params, root)
