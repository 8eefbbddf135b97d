"""What a backend is: a file of this folder defines one, and TARGETS (sparring/targets/backends.py) names it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from sparring.config import Params
from sparring.targets import Target
from sparring.targets.settings import TargetSettings


@dataclass(frozen=True)
class Backend:
    """A way to a model.

    Attributes:
        check: Raises InputError where the target cannot be asked; sends nothing.
        opened: The target, for as long as it is asked; its answers go to the journal.
    """

    check: Callable[[TargetSettings, Params], None]
    opened: Callable[[TargetSettings, Params, Path], AbstractContextManager[Target]]
