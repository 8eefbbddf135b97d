"""What a machine does to a run gets a name here: a full disk, a database that is locked, broken or gone.

Libraries report these as exceptions of many types; a run that nobody watches must end with one line that says which.
"""

import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from mlflow.exceptions import MlflowException
from sqlalchemy.exc import SQLAlchemyError

from sparring.storage import InputError, MachineError

OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)
FULL_BELOW_BYTES = 1 << 20
SAYS_FULL = ("No space left on device", "database or disk is full")


@contextmanager
def named_machine_faults(root: Path) -> Iterator[None]:
    """Turns what the machine did into a MachineError; a wrong input and every other exception pass as they are."""
    try:
        yield
    except (InputError, MachineError):
        raise
    except Exception as error:
        if (name := _name(error, root)) is None:
            raise
        raise MachineError(name) from error


def _name(error: BaseException, root: Path) -> str | None:
    chain = list(_chain(error))
    for cause in chain:
        if any(said in str(cause) for said in SAYS_FULL):
            return f"{root}: the disk is full; free space and start again"
        if isinstance(cause, OSError) and cause.errno in OF_THE_DISK:
            return f"{cause.filename or root}: {cause.strerror}"
    if shutil.disk_usage(root).free < FULL_BELOW_BYTES:  # PyTorch's and safetensors' writers say less than that
        return f"{root}: the disk is full; free space and start again"
    for cause in chain:
        if isinstance(cause, MlflowException | SQLAlchemyError | sqlite3.Error):
            return f"MLflow's store ({_store(root)}): {_first_line(cause)}"
        if isinstance(cause, httpx.TransportError):
            return f"Prefect's server ({os.environ.get('PREFECT_API_URL', 'embedded')}): {_first_line(cause)}"
    if type(error) is RuntimeError and "API" in str(error) and "reach" in str(error):
        return f"Prefect's server: {_first_line(error)}"
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _store(root: Path) -> str:
    return os.environ.get("MLFLOW_TRACKING_URI") or str(root / "mlflow.db")
