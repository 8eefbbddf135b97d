"""How the target learns from a round's training set: one file an update, by the names that the recipe allows."""

from importlib import import_module
from typing import get_args

from sparring.config import UpdateName
from sparring.training.updates.base import Lesson, Update

UPDATES: dict[str, Update] = {name: import_module(f"{__name__}.{name}").UPDATE for name in get_args(UpdateName)}

__all__ = ["UPDATES", "Lesson", "Update"]
