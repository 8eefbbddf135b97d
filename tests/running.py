"""Commands in a tiny project, as a user types them."""

import os
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

from tests.loaded import OURS, LoadedProcess

BIN = Path(sys.executable).parent
DEADLINE_S = 900


def run(root: Path, *command: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
    """A command in the project, with this environment's programs; libraries and Prefect's server are there already."""
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "OMP_NUM_THREADS": "1"}
    module = command[:2] == (sys.executable, "-m") and command[2].partition(".")[0] in OURS
    if module or command[0] == "dvc":
        environment.setdefault("PREFECT_API_URL", _loaded().prefect)
    if module:
        done = _forked(root, *command[2:], environment=environment)
    elif command[0] in ("sparring", str(BIN / "sparring")):
        done = _forked(root, str(BIN / "sparring"), *command[1:], environment=environment)
    else:
        done = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=DEADLINE_S
        )
    assert done.returncode == expect, done.stdout[-2000:] + done.stderr[-4000:]
    return done


def _forked(root: Path, *command: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    try:
        return _loaded().run(root, *command, environment=environment)
    except BaseException:  # a test's time was over
        _loaded().kill()
        _loaded.cache_clear()
        raise


@cache
def _loaded() -> LoadedProcess:
    """One for all tests of this process; it ends with it."""
    return LoadedProcess(os.environ | {"OMP_NUM_THREADS": "1"})


def killed_once_there_is(root: Path, pattern: str, *command: str) -> None:
    """Starts a command and ends it with SIGKILL as soon as a file of the half-done round is there."""
    child = subprocess.Popen(
        command,
        cwd=root,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + DEADLINE_S
    while not list((root / ".work").glob(pattern)):
        assert child.poll() is None, "the command ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
