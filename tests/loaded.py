"""A process that has loaded the libraries and starts the commands of tiny projects by forking, beside a Prefect server.

A flow loads six thousand modules before it does anything, sixteen seconds of a slow core, and brings a Prefect server of
its own where none is up; the tests start some hundred flows. Here libraries and server are had once: the
project's own code is loaded anew for each command, and so is Prefect where its settings, which it takes from the
environment as it is imported, are others. What a flow does that finds neither is seen where a test starts a program of
its own, and that another hash seed gives the same bytes where `dvc repro` starts the stages.

python -m tests.loaded  prints two lines: the folder with its socket and with a `python` that asks it, and the address of
the server. It ends, and the server with it, when its standard input does.
"""

import atexit
import contextlib
import gc
import json
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Mapping, Set
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from tests.asking import OURS, SERVER
from tests.ports import free_port

SLOWEST = (
    "prefect.main",
    "mlflow.store.tracking.sqlalchemy_store",
    "sparring.engine.adapter_weights",
    "sparring.project.estimate",
    "sparring.report",
    "sparring.training.sft",
)
PATIENCE_S = 120
ASKING = Path(__file__).with_name("asking.py")


def load() -> None:
    """The libraries that a flow takes longest to load, and nothing of ours."""
    for name in ("flows", *SLOWEST):  # in this order: `flows` sets what must stand before
        import_module(name)
    forget(OURS)
    gc.collect()
    gc.freeze()  # a child that looks for garbage among what is loaded here copies all of it


def forget(packages: Set[str]) -> None:
    """Who imports them next loads them anew."""
    for name in [name for name in sys.modules if name.partition(".")[0] in packages]:
        del sys.modules[name]


def for_prefect(environment: Mapping[str, str]) -> set[tuple[str, str]]:
    """What Prefect takes its settings from; its own client ends an address with a slash."""
    return {
        (key, value.rstrip("/")) for key, value in environment.items() if key.startswith("PREFECT_") or key == "HOME"
    }


def start_prefect(home: str) -> tuple[subprocess.Popen[bytes], str]:
    """A server with its database in the folder, not up yet, and its address."""
    port = str(free_port())
    command = [sys.executable, "-m", "uvicorn", "--factory", "prefect.server.api.server:create_app"]
    command += ["--host", "127.0.0.1", "--port", port, "--log-level", "critical"]
    settings = {"PREFECT_HOME": home, "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_LOGGING_LEVEL": "CRITICAL"}
    return subprocess.Popen(command, env=os.environ | settings, stdout=2), f"http://127.0.0.1:{port}/api"


def request_of_child(listening: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """What one child of this process is to run, and where it prints and says: the child returns with it.

    The parent ends with the last of those who ask. Beside each command waits a process that tells its exit code.
    """
    waiting: list[int] = []
    while sys.stdin not in select.select([listening, sys.stdin], [], [])[0]:
        connection, _ = listening.accept()
        waiting = [pid for pid in waiting if os.waitpid(pid, os.WNOHANG) == (0, 0)]
        if pid := os.fork():
            waiting.append(pid)
            connection.close()
            continue
        _, descriptors, _, _ = socket.recv_fds(connection, 1, 2)
        request = json.loads(connection.makefile().readline())
        if command := os.fork():
            tell_how_it_ends(command, connection)
        return request, descriptors
    raise SystemExit


def tell_how_it_ends(command: int, connection: socket.socket) -> NoReturn:
    """Waits for the command, and ends it where nobody asks for it any more."""
    if connection in select.select([connection, os.pidfd_open(command)], [], [])[0]:
        os.kill(command, signal.SIGTERM)
    _, status = os.waitpid(command, 0)
    with contextlib.suppress(BrokenPipeError):
        connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def become(request: dict[str, Any], printed: int, said: int) -> None:
    """Makes of this process what a shell would have started."""
    for descriptor, opened in ((0, os.open(os.devnull, os.O_RDONLY)), (1, printed), (2, said)):
        os.dup2(opened, descriptor)
        os.close(opened)
    has, wants = for_prefect(os.environ), for_prefect(request["environment"])
    if SERVER not in request["environment"] or not wants <= has:  # what only `has` knows `flows` sets again
        forget({"prefect", "prometheus_client"})  # whose list of counters takes none twice
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["root"])
    program = Path(request["program"])
    sys.path[0] = str(program.parent) if program.is_absolute() else request["root"]
    sys.argv = [request["program"], *request["arguments"]]
    if request["program"] == "flows.training":  # its stages take the `python` beside its own
        sys.executable = shutil.which("python") or sys.executable


def asked() -> tuple[dict[str, Any], list[int]]:
    """Loads, waits, and returns in each child."""
    parent, folder = os.getpid(), tempfile.mkdtemp()
    server, address = start_prefect(folder)
    os.environ[SERVER] = address
    try:
        load()
        python = Path(folder, "python")
        python.write_text(
            f'#!/bin/sh\nexec "{sys.executable}" -IS "{ASKING}" "{folder}/asked" "$@"\n', encoding="utf-8"
        )
        python.chmod(0o700)
        wait_for(server, f"{address}/health")
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(f"{folder}/asked")
            listening.listen()
            print(folder, address, sep="\n", flush=True)
            return request_of_child(listening)
    finally:
        if os.getpid() == parent:
            server.terminate()
            server.wait()
            shutil.rmtree(folder)


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


def run_as_main(request: dict[str, Any]) -> NoReturn:
    """Runs the program and ends as Python does, but for taking six thousand modules apart: most of a short command's time."""
    try:
        if os.path.isabs(request["program"]):
            runpy.run_path(request["program"], run_name="__main__")
        else:
            runpy.run_module(request["program"], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    request, descriptors = asked()
    become(request, *descriptors)
    run_as_main(request)
