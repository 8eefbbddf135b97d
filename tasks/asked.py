"""A target that is not of the game: opened from its settings, with the recipe's patience where it is an endpoint."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sparring.config import Params
from sparring.dialects import DIALECTS, check_dialect
from sparring.errors import InputError
from sparring.storage import read_json, write_json
from sparring.targets import Target
from sparring.targets.endpoint import EndpointParams, EndpointTarget, check_endpoint
from sparring.targets.local import LocalTarget
from sparring.targets.settings import TargetSettings
from sparring.targets.vllm import served_adapter


def with_dialect(params: Params, dialect: str | None) -> Params:
    """The recipe with another dialect of the target. Raises InputError where it is unknown."""
    if dialect is None:
        return params
    check_dialect("--dialect", dialect)
    return params.model_copy(update={"target": params.target.model_copy(update={"dialect": dialect})})


def check_target(settings: TargetSettings, params: Params) -> None:
    """Raises InputError where the target cannot be asked; sends nothing."""
    if settings.adapter is not None:
        must_exist(Path(settings.adapter) / "adapter_config.json", "--adapter takes the folder of a LoRA adapter")
    if settings.base_url is None:
        must_exist(Path(settings.model) / "config.json", "--checkpoint takes the folder of a model")
    else:
        check_endpoint(endpoint_of(settings, params))


def must_exist(path: Path, remedy: str) -> None:
    """Raises InputError where there is no such file or folder."""
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; {remedy}")


def endpoint_of(settings: TargetSettings, params: Params) -> EndpointParams:
    """The endpoint with the recipe's patience."""
    fields = set(EndpointParams.model_fields)
    patience, asked = params.audit.model_dump(include=fields), settings.model_dump(include=fields)
    return EndpointParams.model_validate(asked | patience)


def remember(path: Path, wanted: Mapping[str, Any], holder: str) -> None:
    """Keeps what decides an answer beside the answers.

    Raises:
        InputError: Something else was kept there; the line begins with the holder, "FOLDER: holds an audit".
    """
    if not path.exists():
        write_json(path, wanted)
    known = read_json(path)
    if known != wanted:
        changed = ", ".join(sorted(key for key in wanted if wanted[key] != known.get(key)))
        raise InputError(f"{holder} with other settings ({changed}); give this one another name")


@contextmanager
def asked_target(settings: TargetSettings, params: Params, journal: Path) -> Iterator[Target]:
    """The target, for as long as it is asked; an endpoint's answers go to the journal."""
    adapter = None if settings.adapter is None else Path(settings.adapter)
    if settings.base_url is None:
        yield LocalTarget(Path(settings.model), adapter, params)
        return
    dialect, longest = DIALECTS[params.target.dialect], params.target.max_new_tokens
    if adapter is None:
        yield EndpointTarget(endpoint_of(settings, params), dialect, longest, journal)
        return
    with served_adapter(endpoint_of(settings, params), dialect, longest, journal, adapter) as target:
        yield target
