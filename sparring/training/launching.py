"""A training in several processes: on this machine by torchrun, or as a config file of accelerate says (FSDP, nodes).

The job travels in a file; step metrics come back line by line, and whoever started it logs them.
A process whose starter has died ends too, lest it write into a work folder that somebody else goes on with.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cloudpickle

from sparring.engine.determinism import settle
from sparring.errors import InputError
from sparring.progress import OnLog
from sparring.storage import write_text

JOB, LOG, ERROR = "job.pickle", "job_log.jsonl", "job_error.txt"
LOOK_EVERY_S = 0.2


class Job(Protocol):
    """A training, not begun: frozen, and picklable."""

    def run(self, work: Path, on_log: OnLog) -> None:
        """Trains, keeps checkpoints in `work`, writes its result itself; `on_log` takes (step, metrics)."""
        ...


@dataclass(frozen=True)
class Launch:
    """How many processes train, and how they start.

    Attributes:
        processes: Processes on this machine, where no config file says otherwise.
        config: A config file of `accelerate`; None for torchrun.
        threads: CPU threads of each.
        seed: Of each process's generators.
    """

    processes: int
    config: Path | None
    threads: int
    seed: int


def launch(job: Job, work: Path, on_log: OnLog, how: Launch) -> None:
    """Runs a training in several processes, and waits for them.

    Args:
        job: The training.
        work: Folder of its checkpoints, which all processes see.
        on_log: Called here with (step, metrics) after each step.
        how: Processes.

    Raises:
        InputError: A process refused its input.
        RuntimeError: A process failed; the message has its exit status.
    """
    work.mkdir(parents=True, exist_ok=True)
    for name in (LOG, ERROR):
        (work / name).unlink(missing_ok=True)
    (work / JOB).write_bytes(cloudpickle.dumps((job, work, how.threads, how.seed, os.getpid())))
    if how.config is None:
        starter = ["torch.distributed.run", "--standalone", f"--nproc-per-node={how.processes}"]
    else:
        starter = ["accelerate.commands.launch", "--config_file", str(how.config)]
    command = [sys.executable, "-m", *starter, "-m", __name__, str(work / JOB)]
    started = subprocess.Popen(command, env=os.environ | {"OMP_NUM_THREADS": str(how.threads)})
    try:
        read = 0
        while started.poll() is None:
            time.sleep(LOOK_EVERY_S)
            read = _forward(work / LOG, read, on_log)
        _forward(work / LOG, read, on_log)
    finally:
        if started.poll() is None:
            started.terminate()
            started.wait()
    if started.returncode and (work / ERROR).exists():
        raise InputError((work / ERROR).read_text(encoding="utf-8"))
    if started.returncode:
        raise RuntimeError(f"training in {how.processes} processes ended with status {started.returncode}")
    for name in (JOB, LOG):
        (work / name).unlink(missing_ok=True)


def _forward(log: Path, begin: int, on_log: OnLog) -> int:
    """Hands on the whole lines after a place of the file; returns where the next one begins."""
    if not log.exists():
        return begin
    content = log.read_bytes()[begin:]
    whole = content.rpartition(b"\n")[0]
    for line in whole.splitlines():
        entry = json.loads(line)
        on_log(entry["step"], entry["metrics"])
    return begin + len(whole) + 1 if whole else begin


def _run(file: Path) -> None:
    """One process of the training."""
    job, work, threads, seed, starter = cloudpickle.loads(file.read_bytes())
    threading.Thread(target=_end_with, args=(starter,), daemon=True).start()
    settle(threads, seed)

    def log(step: int, metrics: Mapping[str, float]) -> None:
        with (work / LOG).open("a", encoding="utf-8") as handle:
            handle.write(json.dumps({"step": step, "metrics": dict(metrics)}) + "\n")

    try:
        job.run(work, log)
    except InputError as error:
        write_text(work / ERROR, str(error))  # whichever is first: the launcher ends the others before they can say it
        raise


def _end_with(starter: int) -> None:
    """Ends this process where the one that started the training is gone."""
    while True:
        try:
            os.kill(starter, 0)
        except ProcessLookupError:
            os._exit(1)
        time.sleep(1.0)


if __name__ == "__main__":
    _run(Path(sys.argv[1]))
