"""Commands in a tiny project, as a user types them."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

from tests.asking import OURS, SERVER, ask

BIN = Path(sys.executable).parent
DEADLINE_S = 900


class LoadedProcess:
    """A process of `tests.loaded`, asked. `prefect` is the address of its server, `folder` holds the `python` that asks it."""

    def __init__(self, environment: dict[str, str]) -> None:
        command, pipe = [sys.executable, "-m", "tests.loaded"], subprocess.PIPE
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, text=True, env=environment, start_new_session=True
        )
        self.folder, self.prefect = (self._process.stdout.readline().strip() for _ in range(2))
        assert self.prefect, "the process that loads the libraries did not start"

    def kill(self) -> None:
        """Ends it with what it started, a command that nobody waits for among it."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def run(
        self, root: Path, program: str, *arguments: str, environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """A module in the project, as `python -m` runs it, or a script, by its path."""
        request = {"root": str(root), "program": program, "arguments": arguments, "environment": environment}
        with tempfile.TemporaryFile("w+") as printed, tempfile.TemporaryFile("w+") as said:
            code = ask(str(Path(self.folder, "asked")), request, printed.fileno(), said.fileno())
            texts = [file.seek(0) or file.read() for file in (printed, said)]
        return subprocess.CompletedProcess([program, *arguments], code, *texts)


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
