"""A process that has loaded the libraries and starts the commands of tiny projects by forking, beside a Prefect server.

A flow loads six thousand modules before it does anything, sixteen seconds of a slow core, and brings a Prefect server of
its own where none is up; the tests start some hundred flows. Here libraries and server are had once: the
project's own code, and Prefect, which takes its settings from the environment as it is imported, are loaded anew for
each command. What a flow does that finds neither is seen where a test starts a program of its own, and that another
hash seed gives the same bytes where `dvc repro` starts the stages.

python -m tests.loaded  prints the server's address, then reads requests, a line of JSON each, and answers each with the
command's exit code in a line. It ends, and the server with it, when nobody is there to ask.
"""

import gc
import json
import os
import runpy
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from importlib import import_module
from pathlib import Path
from typing import Any

SLOWEST = (
    "mlflow.store.tracking.sqlalchemy_store",
    "sparring.engine.adapter_weights",
    "sparring.project.estimate",
    "sparring.report",
    "sparring.training.sft",
)
PATIENCE_S = 120
OURS = {"flows", "tasks", "sparring", "benchmarks"}


class LoadedProcess:
    """Asks such a process. `prefect` is the address of its server."""

    def __init__(self, environment: dict[str, str]) -> None:
        command = [sys.executable, "-m", "tests.loaded"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, text=True, env=environment, start_new_session=True
        )
        self.prefect = self._process.stdout.readline().strip()
        assert self.prefect, "the process that loads the libraries did not start"

    def kill(self) -> None:
        """Ends it with what it started: who stopped waiting must not take its answer for that of the next command."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def run(
        self, root: Path, program: str, *arguments: str, environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """A module in the project, as `python -m` runs it, or a script, by its path."""
        with tempfile.TemporaryDirectory() as folder:
            printed, said = Path(folder, "stdout"), Path(folder, "stderr")
            request = {"root": str(root), "program": program, "arguments": arguments, "environment": environment}
            request |= {"stdout": str(printed), "stderr": str(said)}
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            code = int(self._process.stdout.readline())
            texts = (path.read_text(encoding="utf-8") for path in (printed, said))
            return subprocess.CompletedProcess([program, *arguments], code, *texts)


def load() -> None:
    """The libraries that a flow takes longest to load, and nothing of ours."""
    for name in ("flows", *SLOWEST):  # in this order: `flows` sets what must stand before
        import_module(name)
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]
    gc.collect()
    gc.freeze()  # a child that looks for garbage among what is loaded here copies all of it


def start_prefect(home: str) -> tuple[subprocess.Popen[bytes], str]:
    """A server with its database in the folder, not up yet, and its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, "-m", "uvicorn", "--factory", "prefect.server.api.server:create_app"]
    command += ["--host", "127.0.0.1", "--port", port, "--log-level", "critical"]
    settings = {"PREFECT_HOME": home, "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_LOGGING_LEVEL": "CRITICAL"}
    return subprocess.Popen(command, env=os.environ | settings, stdout=2), f"http://127.0.0.1:{port}/api"


def request_of_child() -> dict[str, Any]:
    """Forks for each request. The child returns with it, the parent ends with its last one."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            return json.loads(line)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
    raise SystemExit


def become(request: dict[str, Any]) -> None:
    """Makes of this process what a shell would have started."""
    for descriptor, path, how in (
        (0, os.devnull, os.O_RDONLY),
        (1, request["stdout"], os.O_WRONLY | os.O_CREAT),
        (2, request["stderr"], os.O_WRONLY | os.O_CREAT),
    ):
        opened = os.open(path, how, 0o600)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["root"])
    program = Path(request["program"])
    sys.path[0] = str(program.parent) if program.is_absolute() else request["root"]
    sys.argv = [request["program"], *request["arguments"]]


def asked() -> dict[str, Any]:
    """What one child of this process is to run."""
    parent, home = os.getpid(), tempfile.mkdtemp()
    server, address = start_prefect(home)
    try:
        load()
        wait_for(server, f"{address}/health")
        print(address, flush=True)
        return request_of_child()
    finally:
        if os.getpid() == parent:
            server.terminate()
            server.wait()
            shutil.rmtree(home)


def wait_for(server: subprocess.Popen[bytes], address: str) -> None:
    """Returns when the server answers."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            urllib.request.urlopen(address, timeout=PATIENCE_S).close()
            return
        except OSError:
            assert server.poll() is None, "Prefect's server did not start"
            assert time.monotonic() < deadline, "Prefect's server does not answer"
            time.sleep(0.1)


if __name__ == "__main__":
    request = asked()
    become(request)
    if os.path.isabs(request["program"]):
        runpy.run_path(request["program"], run_name="__main__")
    else:
        runpy.run_module(request["program"], run_name="__main__", alter_sys=True)
