"""How the target learns from a round's training set: one file an update, by the names that the recipe allows."""

from sparring.training.updates import dpo, grpo, rft, sft
from sparring.training.updates.base import Lesson, Update

UPDATES: dict[str, Update] = {
    "sft": sft.UPDATE,
    "rft": rft.UPDATE,
    "grpo": grpo.UPDATE,
    "dpo": dpo.UPDATE,
}

__all__ = ["UPDATES", "Lesson", "Update"]
