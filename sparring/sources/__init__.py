"""Where examples come from: one file a data set, one line here."""

from collections.abc import Callable
from pathlib import Path

from sparring.config import DataParams
from sparring.records import Example
from sparring.sources.bfcl import load_bfcl
from sparring.sources.jsonl import load_jsonl
from sparring.sources.wheels import fetch_wheel
from sparring.storage import InputError


def _bfcl(params: DataParams, raw: Path) -> list[Example]:
    return load_bfcl(fetch_wheel("bfcl-eval", raw), params.categories)


def _jsonl(params: DataParams, raw: Path) -> list[Example]:
    if params.path is None:
        raise InputError("data.path: the jsonl source needs the path of a file")
    return load_jsonl(Path(params.path))


def _hub(params: DataParams, raw: Path) -> list[Example]:
    from sparring.sources.hub import load_hub  # brings `datasets`: seconds that other sources need not wait

    return load_hub(params.source, params.path)


SOURCES: dict[str, Callable[[DataParams, Path], list[Example]]] = {
    "bfcl": _bfcl,
    "jsonl": _jsonl,
    "xlam": _hub,
    "toolace": _hub,
    "hermes": _hub,
}
