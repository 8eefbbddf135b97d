"""Starting a round in a process of its own, watching which step it is in, comparing what it wrote.

The process is forked from one that has imported everything: a round takes seconds then, and a signal kills it as it
kills any other. Its own group is ended with it, as a machine that dies ends all.
"""

import contextlib
import importlib
import os
import re
import signal
import sqlite3
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sparring.storage import hash_tree
from tasks.rounds import DATA_FILES

STEPS = (
    "rl update",
    "query sampling",
    "target rollout",
    "correctness check",
    "sft augmentation",
    "dials",
    "evaluation",
)
PHASES = ("start", *STEPS, "closing")
ROUND = "r01"
DEADLINE_S = 400
MODULES = "FAULTS_MODULES"  # where a round writes down what it imported
TOOK = re.compile(rf"^{ROUND}: (.+) took", re.MULTILINE)
BEGUN = re.compile(rf"^{ROUND}: (.+?) \.\.\.(?: about .*)?$", re.MULTILINE)  # what is left may follow


@dataclass
class Started:
    """A round's process and its log; `offset` is where its own lines begin."""

    pid: int
    log: Path
    offset: int = 0
    code: int | None = None

    @property
    def said(self) -> str:
        """What it said so far."""
        with self.log.open("rb") as handle:
            handle.seek(self.offset)
            return handle.read().decode(errors="replace")

    @property
    def last_error(self) -> str | None:
        """Its last line, where that names an error."""
        lines = [line for line in self.said.splitlines() if line.strip()]
        return lines[-1] if lines and lines[-1].startswith("error: ") else None

    def phase(self) -> str:
        """The step that it is in."""
        begun, took = BEGUN.findall(self.said), TOOK.findall(self.said)
        if took and took[-1] == STEPS[-1]:
            return PHASES[-1]
        return begun[-1] if begun else PHASES[0]

    def ended(self) -> bool:
        """Whether it has ended; remembers the exit code, negative after a signal."""
        if self.code is None:
            found, status = os.waitpid(self.pid, os.WNOHANG)
            if found:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code is not None

    def wait(self) -> int:
        """Its exit code; a process that hangs is killed and counts as -1000."""
        deadline = time.monotonic() + DEADLINE_S
        while not self.ended():
            if time.monotonic() > deadline:
                self.signal(signal.SIGKILL)
                self.code = -1000
                break
            time.sleep(0.02)
        assert self.code is not None
        return self.code

    def signal(self, number: int) -> None:
        """Sends a signal to the whole group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def reach(self, phase: str, seconds: float) -> bool:
        """Waits for a step to begin, then some seconds of it; False where the process ended before."""
        deadline = time.monotonic() + DEADLINE_S
        while PHASES.index(self.phase()) < PHASES.index(phase):
            if self.ended() or time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        time.sleep(seconds)
        return not self.ended()


def start(
    root: Path, *arguments: str, module: str = "adversarial_round", environment: Mapping[str, str] | None = None
) -> Started:
    """Starts a flow's command line in a project; with an `environment` as a program of its own, which has that too.

    The log of a project's starts is one file beside it.
    """
    log = root.with_suffix(".log")
    log.touch()
    offset = log.stat().st_size
    arguments = arguments or ((ROUND, "--after", "r00") if module == "adversarial_round" else ())
    sys.stdout.flush()
    if pid := os.fork():
        return Started(pid, log, offset)
    os.setsid()
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.chdir(root)
    if environment is not None:
        known = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        os.execve(sys.executable, [sys.executable, "-m", f"flows.{module}", *arguments], known | dict(environment))
    os._exit(_main(module, arguments))


def _main(module: str, arguments: tuple[str, ...]) -> int:
    """The flow's own command line, and the exit code that a program would end with."""
    import traceback

    sys.argv = [module, *arguments]
    code = 0
    try:
        importlib.import_module(f"flows.{module}").main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    if (wanted := os.environ.get(MODULES)) is not None:
        Path(wanted).write_text("\n".join(sorted(sys.modules)), encoding="utf-8")
    return code


def import_all(names: Path) -> None:
    """Imports what a round imported before this one, so that its successors are forked with all of it."""
    for name in names.read_text(encoding="utf-8").splitlines():
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def results(root: Path) -> dict[str, str]:
    """SHA-256 of every data file and adapter of the round; empty where it did not end."""
    folder, models = root / "data" / "rounds" / ROUND, root / "models" / ROUND
    if not (folder / "round.json").exists():
        return {}
    return {path.name: hash_tree(path) for path in sorted([*folder.glob("*.jsonl"), *models.iterdir()])}


def complete(found: dict[str, str]) -> bool:
    """Whether all files of a round are there."""
    return {f"{name}.jsonl" for name in DATA_FILES} | {"query", "target"} == set(found)


def recorded(root: Path) -> dict[str, int]:
    """What MLflow's database holds of the round: runs by status, versions of its models."""
    with sqlite3.connect(f"file:{root / 'mlflow.db'}?mode=ro", uri=True) as database:
        runs = database.execute("select status, count(*) from runs where name = ? group by status", (ROUND,)).fetchall()
        (versions,) = database.execute(
            "select count(*) from model_versions where run_id in (select run_uuid from runs where name = ?)", (ROUND,)
        ).fetchone()
    return dict(runs) | {"versions": versions}
