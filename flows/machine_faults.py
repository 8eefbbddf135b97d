"""The boundary of every flow's command line: one line and exit code 2 for whatever has a name.

What the library names itself, and what its servers and stores do: MLflow's database locked, broken, gone or of a newer
version, Prefect's server away.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from alembic.util.exc import CommandError
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from sparring.machine_faults import causes, first_line
from sparring.targets.answering import must_answer
from sparring.terminal import clear_errors


@contextmanager
def ends_clearly(root: Path) -> Iterator[None]:
    """Holds all that a flow's main does. Args: root: the project's folder."""
    logging.getLogger("mlflow.store.db").setLevel(logging.CRITICAL)  # it prints tracebacks of what is told in one line
    with clear_errors(root, store_fault):
        if (prefect := os.environ.get("PREFECT_API_URL", "")).startswith("http"):
            must_answer("Prefect's server", f"{prefect.rstrip('/')}/health")
        yield


def store_fault(error: BaseException, root: Path) -> str | None:
    """The line that names what MLflow's store or Prefect's server did; None where it was neither."""
    for cause in causes(error):
        if isinstance(cause, MlflowException | SQLAlchemyError | CommandError):
            return f"MLflow's store ({_store(root)}): {first_line(cause)}"
        if isinstance(cause, httpx.HTTPError):
            return f"Prefect's server ({os.environ.get('PREFECT_API_URL', 'embedded')}): {first_line(cause)}"
    if type(error) is RuntimeError and "API" in str(error) and "reach" in str(error):
        return f"Prefect's server: {first_line(error)}"
    return None


def _store(root: Path) -> str:
    return os.environ.get("MLFLOW_TRACKING_URI") or str(root / "mlflow.db")
