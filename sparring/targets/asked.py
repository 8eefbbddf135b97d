"""A target that is not of the game: opened from its settings, with the recipe's patience where it is an endpoint."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from sparring.config import Params
from sparring.dialects import check_dialect
from sparring.errors import InputError
from sparring.storage import read_json, write_json
from sparring.targets import Target
from sparring.targets.backends import TARGETS
from sparring.targets.settings import TargetSettings
from sparring.terminal import say


def with_dialect(params: Params, dialect: str | None) -> Params:
    """The recipe with another dialect of the target. Raises InputError where it is unknown."""
    if dialect is None:
        return params
    check_dialect("--dialect", dialect)
    return params.model_copy(update={"target": params.target.model_copy(update={"dialect": dialect})})


def check_target(settings: TargetSettings, params: Params) -> None:
    """Raises InputError where the target cannot be asked; sends nothing."""
    if settings.backend not in TARGETS:
        raise InputError(f"--backend {settings.backend}: unknown; allowed: {', '.join(TARGETS)}")
    TARGETS[settings.backend].check(settings, params)


def remember(path: Path, wanted: Mapping[str, Any], holder: str) -> None:
    """Keeps what decides an answer beside the answers.

    Raises:
        InputError: Something else was kept there; the line begins with the holder, "FOLDER: holds an audit".
    """
    if not path.exists():
        write_json(path, wanted)
    known = read_json(path)
    if known != wanted:
        changed = ", ".join(sorted(key for key in wanted.keys() | known.keys() if wanted.get(key) != known.get(key)))
        raise InputError(f"{holder} with other settings ({changed}); give this one another name")


def free_again(path: Path, wanted: Mapping[str, Any], journal: Path, name: str) -> None:
    """Forgets other settings of a first try that came to nothing, and sets its journal aside: it may be another's."""
    if not path.exists() or read_json(path) == wanted:
        return
    say(f"{name}: the first try under this name came to nothing: begun anew with other settings")
    path.unlink()
    if journal.exists():
        journal.replace(journal.with_name("journal_before.jsonl"))


def asked_target(settings: TargetSettings, params: Params, journal: Path) -> AbstractContextManager[Target]:
    """The target, for as long as it is asked; its answers go to the journal."""
    return TARGETS[settings.backend].opened(settings, params, journal)
