"""What both trainers share: going on from the last whole checkpoint, a live line a step, and silence otherwise."""

import json
from pathlib import Path
from typing import Any

from peft import load_peft_weights, set_peft_model_state_dict
from transformers import TrainerCallback
from transformers.trainer_callback import PrinterCallback, ProgressCallback

from sparring.engine.memory import trim_memory
from sparring.engine.processes import from_main, is_main, wait_for_all
from sparring.progress import Meter, OnLog
from sparring.seals import is_sealed, remove, seal
from sparring.terminal import say

SEALS = "seals.json"
KEPT_STEPS = 4  # steps whose freed blocks are kept for the next one


def train_on(trainer: Any, work: Path, label: str) -> None:
    """Trains to the end, from the last whole checkpoint where there is one.

    A training that was cut short after its last step is only loaded: the trainer itself would take one step too many.
    """
    checkpoint = last_checkpoint(work, label)
    if checkpoint is not None and _has_ended(Path(checkpoint)):
        set_peft_model_state_dict(trainer.model, load_peft_weights(checkpoint))
    else:
        trainer.add_callback(GiveBack())
        trainer.train(resume_from_checkpoint=checkpoint)


def _has_ended(checkpoint: Path) -> bool:
    state = json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
    return bool(state["global_step"] >= state["max_steps"])


def last_checkpoint(work: Path, label: str) -> str | None:
    """The last whole checkpoint; one that a kill or a disk cut short is removed."""
    return from_main(_last_whole(work, label) if is_main() else None)


def _last_whole(work: Path, label: str) -> str | None:
    found = sorted(work.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]), reverse=True)
    for folder in found:
        if is_sealed(work / SEALS, folder):
            say(f"{label}: going on from step {folder.name.rpartition('-')[2]}")
            return str(folder)
        say(f"{label}: {folder.name} is not whole, the one before serves")
        remove(folder)
    return None


class SealCheckpoints(TrainerCallback):  # type: ignore[misc]
    """Seals each checkpoint once the trainer has written all of it."""

    def on_save(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Seals the newest."""
        wait_for_all()  # each has its own state of the generators to save
        work = Path(args.output_dir)
        if is_main():
            seal(work / SEALS, work / f"checkpoint-{state.global_step}")


class GiveBack(TrainerCallback):  # type: ignore[misc]
    """Gives back now and then what batches of many widths leave: the holes of a whole training are gigabytes."""

    def on_step_end(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Once in KEPT_STEPS steps."""
        if state.global_step % KEPT_STEPS == 0:
            trim_memory()


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
        if is_main():
            self._meter = Meter(self.label, state.max_steps, done=state.global_step)

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **others: Any) -> None:
        """Hands the step's numbers on."""
        numbers = {key: float(value) for key, value in (logs or {}).items() if isinstance(value, int | float)}
        self._note = f"{self.shown} {numbers[self.shown]:.3f}" if self.shown in numbers else self._note
        if "train_runtime" not in numbers and is_main():
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
