"""Rows in batches of like length, so that little is padded."""

from collections.abc import Iterator, Sequence

BYTES_AT_ONCE = 4096  # one number a token, of a training pass on a CPU: bounds the memory of long rows
HELD = 3  # cached tokens of a batch that is answered, in those that are read at once


def batches(lengths: Sequence[int], batch_tokens: int) -> Iterator[list[int]]:
    """Indices in batches of like length, the longest first; rows times longest stays within `batch_tokens`."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        if batch and (len(batch) + 1) * lengths[batch[0]] > batch_tokens:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
