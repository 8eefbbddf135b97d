"""The same seed gives the same bytes: threads and random generators are settled once, before anything is trained."""

import ctypes
import random
import sys

import numpy as np
import torch

from sparring.terminal import quiet_libraries


def settle(threads: int, seed: int) -> None:
    """Fixes the number of threads (another number rounds differently) and seeds every generator.

    Args:
        threads: CPU threads for tensor operations, at least 1.
        seed: Seed of Python's, NumPy's and torch's generators.
    """
    quiet_libraries()
    _keep_freed_memory()
    torch.set_num_threads(threads)
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def _keep_freed_memory() -> None:
    """Tells glibc to keep freed blocks instead of giving them back to the kernel after every tensor.

    Activations of a step are tens of megabytes each: mapping and clearing them anew took a quarter of a training step.
    The numbers are malloc.h's M_MMAP_MAX, M_TRIM_THRESHOLD and M_ARENA_MAX.
    """
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        for option, value in ((-4, 0), (-1, 2**31 - 1), (-8, 1)):
            libc.mallopt(option, value)
