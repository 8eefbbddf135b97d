"""Why something is not to be had from the hub: there is none of that name, or the network failed and may do better."""

from datasets.exceptions import DatasetNotFoundError
from huggingface_hub.errors import (  # type: ignore[attr-defined]
    HfHubHTTPError,
    HTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)

from sparring.errors import InputError, MachineError, SparringError, UnreachableError
from sparring.machine_faults import OF_THE_MACHINE, causes, first_line

HUB_FAULTS = (HfHubHTTPError, HTTPError, DatasetNotFoundError, OSError, ValueError)


def hub_fault(wanted: str, error: BaseException) -> SparringError:
    """What to raise for one of HUB_FAULTS.

    Args:
        wanted: What was asked for, in words.
        error: What the hub's library raised.
    """
    said = f"{wanted} not to be had from the hub: {first_line(error)}"
    if isinstance(error, OSError) and error.errno in OF_THE_MACHINE:
        return MachineError(f"{error.filename or wanted}: {error.strerror}")
    offline = any(isinstance(cause, OfflineModeIsEnabled) for cause in causes(error))
    if offline or isinstance(error, RepositoryNotFoundError | DatasetNotFoundError | ValueError):
        return InputError(said)
    return UnreachableError(said)
