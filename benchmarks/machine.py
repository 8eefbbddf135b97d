"""What pays on this processor: number formats, adapters on fewer layers, and threads that wait beside other work.

    python -m benchmarks.machine PREPARED_PROJECT [--rows 48]

Every line is one SFT of the same rows, in a process of its own, all in one run; what counts is the ratio to the first.
Seconds are of the steps alone. To see what a machine with AVX2 only would do, set ATEN_CPU_CAPABILITY=avx2,
ONEDNN_MAX_CPU_ISA=AVX2 and MKL_ENABLE_INSTRUCTIONS=AVX2.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

EPOCHS = 3
LAYERS = (None, 20, 15, 10)
WAITING, SHORT, LONG = "GOMP_SPINCOUNT", "5000", "300000"  # turns of a waiting thread; the last is the library's own
BUSY = "while True: pass"


def one_training(root: Path, rows: int, layers: int | None, dtype: str | None) -> dict[str, float]:
    """Trains on the rows: seconds of the first epoch (all that comes before it counts) and of a later one."""
    from benchmarks.sft_epochs import sft_rows
    from sparring.engine.determinism import settle
    from sparring.training.sft import SFTJob
    from tasks.players import warm_start_hyper
    from tasks.rounds import open_round

    played = open_round(root, "r00", None)
    settle(played.project.params.threads, played.project.params.seed)
    wanted = replace(
        warm_start_hyper(played.project, played.project.params.target.warm_start),
        epochs=EPOCHS,
        save_every=10_000,
        lora_layers=layers,
        dtype=dtype or played.project.params.models.dtype,
    )
    times: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        begun, made = time.perf_counter(), Path(name)
        job = SFTJob(sft_rows(played, rows), played.project.base, None, made / "adapter", wanted, "SFT")
        job.run(made / "steps", lambda step, found: times.append(time.perf_counter() - begun))
    a_step = len(times) // EPOCHS
    last = (times[-1] - times[a_step - 1]) / (EPOCHS - 1)
    return {"first_s": times[a_step - 1], "later_s": last}


def measured(root: Path, rows: int, layers: int | None, dtype: str | None, waiting: str) -> dict[str, float]:
    """The same in a process of its own."""
    asked = json.dumps({"rows": rows, "layers": layers, "dtype": dtype})
    command = [sys.executable, "-m", "benchmarks.machine", str(root), "--one", asked]
    done = subprocess.run(command, env=os.environ | {WAITING: waiting}, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextmanager
def other_work() -> Iterator[None]:
    """One process that never rests."""
    started = subprocess.Popen([sys.executable, "-c", BUSY])
    try:
        yield
    finally:
        started.kill()
        started.wait()


def main() -> None:
    """Prints the table."""
    made = argparse.ArgumentParser(prog="python -m benchmarks.machine", description=__doc__)
    made.add_argument("project", type=Path, help="folder of a prepared project")
    made.add_argument("--rows", type=int, default=48, help="rows of an epoch")
    made.add_argument("--one", type=json.loads, help=argparse.SUPPRESS)
    chosen = made.parse_args()
    root = chosen.project.resolve()
    if chosen.one is not None:
        print(json.dumps(one_training(root, **chosen.one)))
        return
    from sparring.engine.number_format import load_recipe, rates_for, rates_text

    params = load_recipe(root)
    rates = rates_for(params, root)
    slower = min(rates.gflops, key=lambda name: rates.gflops[name])
    table = Table("training", "first epoch, s", "ratio", "later epoch, s", "ratio", title=f"{chosen.rows} rows")
    base: dict[str, float] = {}

    def line(what: str, found: dict[str, float]) -> None:
        base.update({} if base else found)
        cells = [(f"{found[name]:.1f}", f"{base[name] / found[name]:.2f}") for name in ("first_s", "later_s")]
        table.add_row(what, *cells[0], *cells[1])
        print(what, found, file=sys.stderr, flush=True)

    for layers in LAYERS:
        what = "adapters on all layers" if layers is None else f"on the upper {layers}"
        line(f"{what}, {params.models.dtype}", measured(root, chosen.rows, layers, None, SHORT))
    few = max(8, chosen.rows // 6)
    factor = chosen.rows / few
    found = measured(root, few, None, slower, SHORT)
    line(f"adapters on all layers, {slower}", {name: factor * value for name, value in found.items()})
    line("threads that spin for long while they wait", measured(root, chosen.rows, None, None, LONG))
    with other_work():
        line("beside a busy process, threads that soon sleep", measured(root, chosen.rows, None, None, SHORT))
        line("beside a busy process, threads that spin for long", measured(root, chosen.rows, None, None, LONG))
    Console(width=110).print(table)
    print(f"{rates_text(rates)}, copy {rates.copy_gb} GB/s, {rates.threads} threads, {rates.processor}")


if __name__ == "__main__":
    main()
