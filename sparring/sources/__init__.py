"""Where examples come from: one file a data set, one line here."""

from collections.abc import Callable
from pathlib import Path

from sparring.config import DataParams
from sparring.errors import InputError
from sparring.sources.bfcl import load_bfcl
from sparring.sources.foreign import Loaded
from sparring.sources.jsonl import read_jsonl_rows
from sparring.sources.wheels import fetch_wheel


def _bfcl(params: DataParams, raw: Path) -> Loaded:
    return Loaded(load_bfcl(fetch_wheel("bfcl-eval", raw), [*params.categories, *params.practice_categories]))


def _jsonl(params: DataParams, raw: Path) -> Loaded:
    if params.path is None:
        raise InputError("data.path: the jsonl source needs the path of a file")
    return read_jsonl_rows(Path(params.path)).announce(params.path)


def _hub(params: DataParams, raw: Path) -> Loaded:
    from sparring.sources.hub import read_hub_rows  # brings `datasets`: seconds that other sources need not wait

    return read_hub_rows(params.source, params.path).announce(params.source)


SOURCES: dict[str, Callable[[DataParams, Path], Loaded]] = {
    "bfcl": _bfcl,
    "jsonl": _jsonl,
    "xlam": _hub,
    "toolace": _hub,
    "hermes": _hub,
}
