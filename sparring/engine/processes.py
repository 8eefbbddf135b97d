"""What a trainer asks about its fellow processes; where it has none, every answer is the simple one."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch.distributed as dist

from sparring.engine.adapters import save_adapter

T = TypeVar("T")


def number_of_processes() -> int:
    """Processes of this training, as their launcher told them."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def together() -> bool:
    """Whether several processes train."""
    return dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1


def is_main() -> bool:
    """Whether this process writes files and logs."""
    return int(os.environ.get("RANK", "0")) == 0


def wait_for_all() -> None:
    """Returns once all processes are here."""
    if together():
        dist.barrier()


def from_main(value: T) -> T:
    """The main process's value, in every process."""
    if not together():
        return value
    held = [value]
    dist.broadcast_object_list(held, src=0)
    return held[0]


def gathered(items: Sequence[T]) -> tuple[list[T], slice]:
    """The items of all processes in their order, and where this process's own ones stand among them."""
    if not together():
        return list(items), slice(0, len(items))
    parts: list[list[T]] = [[] for _ in range(dist.get_world_size())]
    dist.all_gather_object(parts, list(items))
    begin = sum(map(len, parts[: dist.get_rank()]))
    return [item for part in parts for item in part], slice(begin, begin + len(items))


def save_trained(trainer: Any, folder: Path) -> None:
    """Writes a trainer's adapter once, its weights collected from wherever a launcher spread them."""
    weights = trainer.accelerator.get_state_dict(trainer.model_wrapped) if together() else None
    if is_main():
        save_adapter(trainer.model, folder, weights)
    wait_for_all()
