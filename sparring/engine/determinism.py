"""The same seed gives the same bytes: threads and random generators are settled once, before anything is trained."""

import random

import numpy as np

from sparring.engine.memory import keep_freed_memory, spare_what_is_imported
from sparring.terminal import quiet_libraries


def settle(threads: int, seed: int) -> None:
    """Fixes the number of threads (another number rounds differently) and seeds every generator.

    Args:
        threads: CPU threads for tensor operations, at least 1.
        seed: Seed of Python's, NumPy's and torch's generators.
    """
    import torch

    quiet_libraries()
    keep_freed_memory()
    spare_what_is_imported()
    torch.set_num_threads(threads)
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
