"""What this machine computes in a second, measured in a fraction of one: products in both formats, copies, Python.

The products have the shapes of the model's own layers. One thread is measured in short slices, the best of which
counts: several threads that wait for one another beside other work would say anything. The surprise: a format that a
processor only emulates can be thirty times slower than the other, and nothing but a measurement tells.
"""

import os
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from statistics import median

import torch

from sparring.engine.model_shape import ModelShape
from sparring.engine.models import DTYPES, device
from sparring.records import MachineRates

TOKENS = 256  # a product's rows: enough for any format's full speed, little enough where one is emulated
COPIED_BYTES = 64 << 20
SLICE_S = 0.01
SLICES = 8
FUNCTION = "def f{}(x, y=None):\n    return [x + 1, {{'a': y}}, str(x)] if x else f'{{y}}'\n"
COMPILED = "".join(map(FUNCTION.format, range(400)))
COMPILATIONS = 5


@cache
def machine_rates(shape: ModelShape, threads: int) -> MachineRates:
    """Rates for a model's shapes with so many threads, as far as there are cores for them; measured once a process."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        at_once = 1 if torch.cuda.is_available() else min(threads, os.cpu_count() or 1)
        hidden, inner = shape.hidden, shape.inner
        shapes = ((hidden, hidden), (hidden, inner), (inner, hidden))
        return MachineRates(
            processor=_processor(),
            threads=threads,
            gflops={name: round(at_once * _gflops(shapes, dtype), 1) for name, dtype in DTYPES.items()},
            copy_gb=_copy_gb(),
            python_ms=_python_ms(),
        )
    finally:
        torch.set_num_threads(before)


def _gflops(shapes: tuple[tuple[int, int], ...], dtype: torch.dtype) -> float:
    """Billions of operations in a second over products of these shapes, (in, out)."""
    where = device()
    layers = [
        (torch.ones(TOKENS, width, dtype=dtype, device=where), torch.ones(out, width, dtype=dtype, device=where))
        for width, out in shapes
    ]

    def multiply() -> None:
        for rows, weights in layers:
            torch.nn.functional.linear(rows, weights)

    operations = sum(2 * TOKENS * width * out for width, out in shapes)
    return operations / _seconds(multiply) / 1e9


def _copy_gb() -> float:
    """Gigabytes that are read and written in a second by a copy that no cache holds."""
    source = torch.zeros(COPIED_BYTES // 4, device=device())
    place = torch.empty_like(source)
    return round(2 * COPIED_BYTES / _seconds(lambda: place.copy_(source)) / 1e9, 1)


def _python_ms() -> float:
    """Milliseconds of a compilation, the middle of several: a neighbour who takes some of a core now will go on."""
    times = [_timed(lambda: compile(COMPILED, "compiled", "exec"), 1) for _ in range(COMPILATIONS)]
    return round(1e3 * median(times), 1)


def _seconds(work: Callable[[], object]) -> float:
    """Seconds of the work, the best of several slices; work that is slow itself is done twice."""
    _timed(work, 1)  # the first time prepares
    once = _timed(work, 1)
    if once > SLICES * SLICE_S:
        return once
    count = max(1, int(SLICE_S / max(once, 1e-6)))
    return min(_timed(work, count) for _ in range(SLICES))


def _timed(work: Callable[[], object], count: int) -> float:
    _wait()
    begin = time.perf_counter()
    for _ in range(count):
        work()
    _wait()
    return (time.perf_counter() - begin) / count


def _wait() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def _processor() -> str:
    """Name of what computes."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    described = Path("/proc/cpuinfo")
    lines = described.read_text(encoding="utf-8").splitlines() if described.exists() else []
    name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "processor")
    return f"{name} ({torch.backends.cpu.get_cpu_capability()})"
