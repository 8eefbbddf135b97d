"""Prepare: see sparring/project/prepare.py; downloads are retried, since a network may fail for a moment."""

from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from sparring.config import Params
from sparring.project.prepare import prepare
from sparring.storage import InputError


def _may_pass(_task: object, _run: object, state: object) -> bool:
    """A wrong input stays wrong; anything else (a broken download) may pass."""
    try:
        state.result()  # type: ignore[attr-defined]
    except InputError:
        return False
    except Exception:
        return True
    return False


@task(name="prepare", cache_policy=NO_CACHE, retries=2, retry_delay_seconds=5, retry_condition_fn=_may_pass)
def prepare_data_and_models(params: Params, root: Path) -> None:
    """Writes data/splits, models/base and models/embedding."""
    prepare(params, root)
