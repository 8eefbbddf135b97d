"""The backends by name: what checks that a target can be asked, and what opens it for as long as it is asked.

A new one is a file and a line here. What needs torch is imported where it is opened, so that who asks an endpoint
never loads it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from sparring.config import Params
from sparring.dialects import DIALECTS
from sparring.errors import InputError
from sparring.storage import must_exist
from sparring.targets import Target
from sparring.targets.backend import Backend
from sparring.targets.endpoint import EndpointTarget, check_endpoint, endpoint_of
from sparring.targets.settings import TargetSettings
from sparring.targets.vllm import served_adapter

# models that somebody still asks, by number format and files: one that is asked in two ways is loaded once
_LOADED: WeakValueDictionary[tuple[Any, ...], Any] = WeakValueDictionary()


def _check_local(settings: TargetSettings, params: Params) -> None:
    if settings.base_url is not None:
        raise InputError("--backend local: asks a checkpoint of this machine: give --checkpoint")
    _check_adapter(settings)
    must_exist(Path(settings.model) / "config.json", "--checkpoint takes the folder of a model")


@contextmanager
def _local(settings: TargetSettings, params: Params, journal: Path) -> Iterator[Target]:
    from sparring.targets.checkpoint import Checkpoint
    from sparring.targets.local import LocalTarget

    adapter = None if settings.adapter is None else Path(settings.adapter)
    loaded = (params.models.dtype, *_stamps(Path(settings.model)), *([] if adapter is None else _stamps(adapter)))
    target = LocalTarget(Path(settings.model), adapter, params, _LOADED.get(loaded))
    _LOADED[loaded] = target.model
    yield Checkpoint(target, journal)


def _stamps(folder: Path) -> list[tuple[str, int, int]]:
    """Its files with size and time of their last change: what lies there later is another model."""
    told = [(path, path.stat()) for path in sorted(folder.resolve().iterdir())]
    return [(str(path), stat.st_size, stat.st_mtime_ns) for path, stat in told]


def _check_endpoint(settings: TargetSettings, params: Params) -> None:
    _check_address(settings)
    if settings.adapter is not None:
        raise InputError("--backend endpoint: loads no adapter; one that is named goes with --backend vllm")
    check_endpoint(endpoint_of(settings, params))


@contextmanager
def _endpoint(settings: TargetSettings, params: Params, journal: Path) -> Iterator[Target]:
    dialect, longest = DIALECTS[params.target.dialect], params.target.max_new_tokens
    yield EndpointTarget(endpoint_of(settings, params), dialect, longest, journal)


def _check_vllm(settings: TargetSettings, params: Params) -> None:
    _check_address(settings)
    if settings.adapter is None:
        raise InputError("--backend vllm: needs --adapter, the folder of a LoRA adapter")
    _check_adapter(settings)
    check_endpoint(endpoint_of(settings, params))


def _check_address(settings: TargetSettings) -> None:
    if settings.base_url is None:
        raise InputError(f"--backend {settings.backend}: asks an endpoint: give --base-url")


@contextmanager
def _vllm(settings: TargetSettings, params: Params, journal: Path) -> Iterator[Target]:
    dialect, longest = DIALECTS[params.target.dialect], params.target.max_new_tokens
    with served_adapter(
        endpoint_of(settings, params), dialect, longest, journal, Path(settings.adapter or "")
    ) as target:
        yield target


def _check_adapter(settings: TargetSettings) -> None:
    if settings.adapter is not None:
        must_exist(Path(settings.adapter) / "adapter_config.json", "--adapter takes the folder of a LoRA adapter")


TARGETS: dict[str, Backend] = {
    "local": Backend(_check_local, _local),
    "endpoint": Backend(_check_endpoint, _endpoint),
    "vllm": Backend(_check_vllm, _vllm),
}
