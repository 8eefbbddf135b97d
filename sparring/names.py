"""Names that a person gives: of audits, suites, experiments, rounds and models. They become folders, models in MLflow
and stages of DVC, so they are checked where they are read, before anything is played.
"""

import re
from collections.abc import Callable
from pathlib import Path

from sparring.errors import InputError

PLAIN = re.compile(r"[^\W_][\w.-]*")
ROUND = re.compile(r"r[0-9]{2,4}")
NO_FOLDER = re.compile(r"[./\\~]*")
UNFIT_IN_MODELS = re.compile(r"[\x00-\x1f\x7f'\"`]")
UNFIT_IN_PATHS = re.compile(r"[?#\x00-\x1f\x7f]")
MAX_BYTES, MAX_MODEL_BYTES, MAX_PART_BYTES = 100, 1000, 255
MAX_SHOWN = 40


def plain_name(name: str) -> str:
    """The name of an audit, a suite or an experiment, as it is.

    Raises:
        ValueError: It cannot be a folder's or a model's name everywhere.
    """
    if not PLAIN.fullmatch(name) or _length(name) > MAX_BYTES:
        raise ValueError(
            f"{_shown(name)} is no name: letters, digits, '.', '_' and '-' are allowed, a letter or digit first, "
            f"{MAX_BYTES} bytes at most"
        )
    return name


def round_name(name: str) -> str:
    """The name of a round, as it is.

    Raises:
        ValueError: The stages of DVC know no such round.
    """
    if not ROUND.fullmatch(name):
        raise ValueError(f"{_shown(name)} is no round's name: r and two to four digits are expected, e.g. r01")
    return name


def model_name(name: str) -> str:
    """What a recipe calls a model (a name of the catalogue or the hub, or a folder), as it is.

    Raises:
        ValueError: It can be none of these.
    """
    if NO_FOLDER.fullmatch(name):
        raise ValueError(f"{_shown(name)} names no model: a catalogue's or hub's name or a model's folder is expected")
    if (unfit := UNFIT_IN_MODELS.search(name)) is not None:
        raise ValueError(f"{_shown(name)} holds {unfit[0]!r}, which no model's name does")
    if _length(name) > MAX_MODEL_BYTES or any(_length(part) > MAX_PART_BYTES for part in name.split("/")):
        raise ValueError(f"{_shown(name)} is longer than a folder's name can be")
    return name


def checked(what: str, name: str, check: Callable[[str], str]) -> str:
    """A name from a command line or a schedule, as it is.

    Args:
        what: What the error line begins with, e.g. "--after".
        name: The name.
        check: One of the above.

    Raises:
        InputError: The name is none.
    """
    try:
        return check(name)
    except ValueError as error:
        raise InputError(f"{what}: {error}") from None


def check_root(root: Path) -> None:
    """Raises InputError where the project's path cannot stand in the address of MLflow's database."""
    if (unfit := UNFIT_IN_PATHS.search(str(root.resolve()))) is not None:
        raise InputError(
            f"{root.resolve()}: the project's path holds {unfit[0]!r}, which the address of a database cannot: move it"
        )


def _length(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _shown(name: str) -> str:
    return repr(name if len(name) <= MAX_SHOWN else name[:MAX_SHOWN] + "…")
