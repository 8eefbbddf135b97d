"""Batches of rows that are about as long as each other, the same ones however many processes share them."""

import random
from collections.abc import Iterator, Sequence

from torch.utils.data import Sampler

JITTER = 0.05  # of a row's length: epochs have other batches


class LikeLengths(Sampler[int]):
    """Rows in batches of like length, the batches in random order.

    Transformers' own sampler sorts few rows at a time where there are few: 24 of 120 in batches of eight.

    Args:
        lengths: Tokens of each row.
        batch: Rows that are read together.
        seed: With the epoch it decides the order.
    """

    def __init__(self, lengths: Sequence[int], batch: int, seed: int) -> None:
        self.lengths = lengths
        self.batch = batch
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """The next pass is this one; the trainer calls it."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Rows."""
        return len(self.lengths)

    def __iter__(self) -> Iterator[int]:
        """Numbers of the rows; those that fill no batch, the longest, come last."""
        rng = random.Random(f"{self.seed}:{self.epoch}")
        near = [length * rng.uniform(1 - JITTER, 1 + JITTER) for length in self.lengths]
        order = sorted(range(len(near)), key=near.__getitem__)
        whole = len(order) - len(order) % self.batch
        batches = [order[begin : begin + self.batch] for begin in range(0, whole, self.batch)]
        rng.shuffle(batches)
        yield from (index for batch in [*batches, order[whole:]] for index in batch)


def batch_of(trainer: object) -> int:
    """Rows of one optimiser step of a trainer, over all processes."""
    args, accelerator = trainer.args, trainer.accelerator  # type: ignore[attr-defined]
    return int(args.train_batch_size * args.gradient_accumulation_steps * accelerator.num_processes)
