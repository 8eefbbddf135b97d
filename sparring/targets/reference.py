"""The frozen reference outside the target's line: fetched when a recipe names one, never trained, never attacked.

It is no part of the stage `prepare`: without it a project is complete, and naming one does not make the data stale.
"""

from pathlib import Path

from sparring.config import Params
from sparring.gates import RoundTrip


def reference_folder(params: Params, root: Path) -> Path | None:
    """Where the reference lies, fetched if need be; None where the recipe names none.

    Raises:
        InputError: There is no such model.
    """
    name = params.gates.round_trip.model
    if name is None:
        return None
    from sparring.sources.models import prepare_model  # needs torch, which a recipe without a reference may not

    return prepare_model(name, root / "models" / "reference", root / "data" / "raw")


def round_trip(params: Params, root: Path) -> RoundTrip | None:
    """The gate by the reference; None where the recipe names none.

    Raises:
        InputError: There is no such model.
    """
    folder = reference_folder(params, root)
    if folder is None:
        return None
    from sparring.targets.local import LocalTarget

    reader = LocalTarget(folder, None, params)
    return RoundTrip(reader, reader.dialect, params.gates.round_trip.max_drop)
