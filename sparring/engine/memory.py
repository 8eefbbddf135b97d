"""Memory of a process that trains: freed blocks are kept within a step, and given back between steps.

What talks to glibc does nothing elsewhere.
"""

import atexit
import ctypes
import gc
import resource
import sys
from functools import cache

SELDOM = 50_000, 20, 20
M_MMAP_MAX, M_TRIM_THRESHOLD, M_ARENA_MAX = -4, -1, -8  # malloc.h


def keep_freed_memory() -> None:
    """Tells glibc to keep freed blocks instead of giving them back to the kernel after every tensor.

    Activations of a step are tens of megabytes each: mapping and clearing them anew took a quarter of a training step.
    """
    libc = _libc()
    if libc is not None and hasattr(libc, "mallopt"):
        for option, value in ((M_MMAP_MAX, 0), (M_TRIM_THRESHOLD, 2**31 - 1), (M_ARENA_MAX, 1)):
            libc.mallopt(option, value)


def collect_seldom() -> None:
    """The garbage collector runs after fifty thousand new objects, not seven hundred.

    It took a third of the nine seconds of a flow's imports, which leave no garbage.
    """
    gc.set_threshold(*SELDOM)


def end_quickly() -> None:
    """The garbage collector does not look once more for what hangs in cycles when the process ends.

    Several times through a million objects of libraries took three of the twenty seconds of a flow that does nothing.
    """
    atexit.register(gc.freeze)


@cache
def spare_what_is_imported() -> None:
    """Once a process: what it has imported by now is never looked at again.

    Those are six hundred thousand objects, a third of a second at every `release_memory`.
    """
    gc.freeze()


def release_memory() -> None:
    """Gives back what the step before left: its models hang in cycles, and their blocks in the allocator."""
    gc.collect()
    trim_memory()


def trim_memory() -> None:
    """Gives back the blocks that nothing holds: batches of many sizes leave holes that no later one fits into."""
    libc = _libc()
    if libc is not None and hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)


def peak_gb() -> float:
    """Most memory that this process has held so far, in gigabytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9, 2)


def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if sys.platform.startswith("linux") else None
