"""What both trainers share: going on from the last whole checkpoint, a live line a step, and silence otherwise."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from transformers import TrainerCallback
from transformers.trainer_callback import PrinterCallback, ProgressCallback

from sparring.progress import Meter
from sparring.terminal import say

OnLog = Callable[[int, Mapping[str, float]], None]
NEEDED = ("trainer_state.json", "optimizer.pt", "scheduler.pt", "adapter_model.safetensors")


def last_checkpoint(work: Path, label: str) -> str | None:
    """The last whole checkpoint; one that a kill cut short is removed."""
    found = sorted(work.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]), reverse=True)
    for folder in found:
        if _whole(folder):
            say(f"{label}: going on from step {folder.name.rpartition('-')[2]}")
            return str(folder)
        shutil.rmtree(folder)
    return None


def _whole(folder: Path) -> bool:
    """The trainer writes its state last: where that can be read, the rest is there."""
    try:
        json.loads((folder / "trainer_state.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return all((folder / name).exists() for name in NEEDED) and bool(list(folder.glob("rng_state*.pth")))


class LogProgress(TrainerCallback):  # type: ignore[misc]
    """A live line a step, and the step's metrics to whoever wants them."""

    def __init__(self, label: str, on_log: OnLog, shown: str = "loss") -> None:
        self.label = label
        self.send = on_log
        self.shown = shown
        self._meter: Meter | None = None
        self._note = ""

    def on_train_begin(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Starts the live line."""
        self._meter = Meter(self.label, state.max_steps, done=state.global_step)

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **others: Any) -> None:
        """Hands the step's numbers on."""
        numbers = {key: float(value) for key, value in (logs or {}).items() if isinstance(value, int | float)}
        self._note = f"{self.shown} {numbers[self.shown]:.3f}" if self.shown in numbers else self._note
        if "train_runtime" not in numbers:
            self.send(state.global_step, numbers)

    def on_step_end(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """One step more."""
        if self._meter is not None:
            self._meter.advance(self._note)

    def on_train_end(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Takes the line away."""
        if self._meter is not None:
            self._meter.close()


def quiet(trainer: Any) -> None:
    """Takes the trainer's own printing away."""
    for callback in (PrinterCallback, ProgressCallback):
        trainer.remove_callback(callback)
