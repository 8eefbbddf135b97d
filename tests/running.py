"""Commands in a tiny project, as a user types them."""

import os
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

from tests.asking import OURS
from tests.loaded import SERVER, LoadedProcess

BIN = Path(sys.executable).parent
DEADLINE_S = 900


def run(root: Path, *command: str, expect: int = 0, whole: bool = False) -> subprocess.CompletedProcess[str]:
    """A command in the project, with this environment's programs; libraries and Prefect's server are there already.

    The stages that `dvc repro` starts find them there too, unless they are to start as a user's do, `whole`.
    """
    environment, path = os.environ | {"OMP_NUM_THREADS": "1"}, [str(BIN), os.environ["PATH"]]
    module = command[:2] == (sys.executable, "-m") and command[2].partition(".")[0] in OURS | {"pytest"}
    if command[0] == "sparring":
        command = (str(BIN / "sparring"), *command[1:])
    script = command[1:] if command[0] == sys.executable else command
    if module or command[0] == "dvc":
        environment.setdefault(SERVER, _loaded().prefect)
        path = path if whole else [_loaded().folder, *path]
    environment["PATH"] = os.pathsep.join(path)
    if module:
        done = _forked(root, *command[2:], environment=environment)
    elif Path(script[0]).is_absolute():
        done = _forked(root, *script, environment=environment)
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
