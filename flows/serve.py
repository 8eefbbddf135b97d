"""Servers for scheduled runs on this machine: Prefect's server and a process worker, and MLflow's, all on loopback.

    python -m flows.serve --root .

Prefect's records and the key lie in .servers/, which is this user's alone: who has the key runs commands. MLflow shows
what was played without a server too: mlflow.db and mlartifacts/ in the project's folder. Ctrl-C or SIGTERM ends all of
them and what they run.
"""

import os
import secrets
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx
from filelock import FileLock, Timeout

from flows.arguments import parser
from flows.guarded_server import KEY_VARIABLE, LOOPBACK, taken
from flows.machine_faults import ends_clearly
from flows.processes import end_group, importable
from flows.zombies import bury_zombies
from sparring.errors import HeldError, InputError, MachineError, UnreachableError
from sparring.names import check_root
from sparring.terminal import say

POOL = "local"
USER = "sparring"
ENVIRONMENT = "environment"
START_S = 120
BIN = Path(sys.executable).parent


class Servers:
    """The three processes, each in a group of its own."""

    def __init__(self, root: Path, prefect_port: int, mlflow_port: int) -> None:
        self.root = root
        self.kept = root / ".servers"
        self.prefect_url = f"http://{LOOPBACK}:{prefect_port}/api"
        self.mlflow_url = f"http://{LOOPBACK}:{mlflow_port}"
        self.ports = prefect_port, mlflow_port
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._key = secrets.token_urlsafe(32)
        self._lock = FileLock(self.kept / "lock", mode=0o600)

    @property
    def client(self) -> dict[str, str]:
        """What a client of these servers needs in its environment, the key among it."""
        return {
            "PREFECT_API_URL": self.prefect_url,
            "PREFECT_API_AUTH_STRING": f"{USER}:{self._key}",
            "MLFLOW_TRACKING_URI": self.mlflow_url,
            "MLFLOW_TRACKING_USERNAME": USER,
            "MLFLOW_TRACKING_PASSWORD": self._key,
        }

    @property
    def environment(self) -> dict[str, str]:
        """What the servers and the worker need."""
        return self.client | {
            "PREFECT_HOME": str(self.kept / "prefect"),
            "PREFECT_SERVER_API_AUTH_STRING": f"{USER}:{self._key}",
            "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": self.prefect_url.removesuffix("/api"),
            KEY_VARIABLE: f"{USER}:{self._key}",
            "SPARRING_ROOT": str(self.root),
            "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}",
            **importable(),
        }

    def start(self) -> None:
        """Starts all three, each when the one that it needs answers.

        Raises:
            HeldError: Servers of this folder run already, or a port is taken.
            MachineError: A server ended.
            UnreachableError: A server does not answer.
        """
        self._claim()
        prefect_port, mlflow_port = map(str, self.ports)
        self._run("prefect", "python", "-m", "flows.guarded_server", "prefect", "--port", prefect_port)
        self._run(
            "mlflow", "python", "-m", "flows.guarded_server", "mlflow", "--port", mlflow_port,
            "--store", f"sqlite:///{self.root / 'mlflow.db'}", "--artifacts", (self.root / "mlartifacts").as_uri(),
        )  # fmt: skip
        self._wait("prefect", f"{self.prefect_url}/health")
        self._wait("mlflow", f"{self.mlflow_url}/health")
        write_environment(self.kept, self.client)
        bury_zombies(self.prefect_url, (USER, self._key))
        self._call("prefect", "work-pool", "create", POOL, "--type", "process", "--overwrite")
        self._run("worker", "prefect", "worker", "start", "--pool", POOL, "--type", "process")

    def _claim(self) -> None:
        """Makes sure that nobody else serves here, before anything is touched: runs would be called crashed."""
        for port in self.ports:
            if taken(port):
                raise HeldError(f"port {port} is taken; another: --prefect-port, --mlflow-port")
        self.kept.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.kept.chmod(0o700)  # folders of earlier versions were open
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise HeldError(f"{self.kept}: servers of this folder run already") from None

    def wait(self) -> None:
        """Returns when one of them has ended.

        Raises:
            MachineError: Always, naming the one that ended.
        """
        while True:
            for name, process in self.running.items():
                if process.poll() is not None:
                    raise MachineError(f"{name} ended with exit code {process.returncode}: see {self._log(name)}")
            time.sleep(1.0)

    def stop(self) -> None:
        """Ends the worker first, then the servers, each with its group."""
        for name in reversed(self.running):
            end_group(self.running[name])
        self.running.clear()
        self._lock.release()

    def _run(self, name: str, *command: str) -> None:
        with self._log(name).open("ab") as log:
            self.running[name] = subprocess.Popen(
                [str(BIN / command[0]), *command[1:]],
                cwd=self.root,
                env=os.environ | self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _call(self, *command: str) -> None:
        done = subprocess.run(
            [str(BIN / command[0]), *command[1:]],
            cwd=self.root,
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            said = (done.stdout + done.stderr).strip().splitlines() or ["nothing"]
            raise UnreachableError(f"{' '.join(command)} failed: {said[-1]}")

    def _wait(self, name: str, address: str) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if self.running[name].poll() is not None:
                raise MachineError(f"{name} did not start: see {self._log(name)}")
            try:
                if httpx.get(address, timeout=2.0).is_success:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.5)
        raise UnreachableError(f"{name} does not answer at {address}: see {self._log(name)}")

    def _log(self, name: str) -> Path:
        return self.kept / f"{name}.log"


def write_environment(kept: Path, client: Mapping[str, str]) -> None:
    """Writes .servers/environment for a shell: what a client of the servers needs. Nobody else may read it."""
    partial = kept / f".environment.{os.getpid()}"
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.writelines(f"export {name}={shlex.quote(value)}\n" for name, value in client.items())
    partial.replace(kept / ENVIRONMENT)


def read_environment(kept: Path) -> dict[str, str]:
    """What `write_environment` wrote.

    Raises:
        InputError: No server of this folder was ever started.
    """
    if not (kept / ENVIRONMENT).exists():
        raise InputError(f"{kept / ENVIRONMENT}: no such file; `sparring flow serve` starts the servers and writes it")
    words = shlex.split((kept / ENVIRONMENT).read_text(encoding="utf-8"))
    return dict(word.split("=", 1) for word in words if "=" in word)


def schedule(root: Path, environment: Mapping[str, str]) -> None:
    """Registers the deployments of prefect.yaml with the server that the environment names."""
    command = [str(BIN / "prefect"), "--no-prompt", "deploy", "--all"]
    wanted = {"SPARRING_ROOT": str(root), "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}", **importable()}
    done = subprocess.run(command, cwd=root, env=os.environ | wanted | dict(environment), check=False)
    if done.returncode != 0:
        raise UnreachableError("prefect deploy failed: is the server up? `sparring flow serve` starts one")


def main() -> None:
    """Command line."""
    arguments = parser("flows.serve", "Start Prefect's server, a worker and MLflow's server on loopback.")
    arguments.add_argument("--prefect-port", type=int, default=4200, help="port of Prefect's server (default: 4200)")
    arguments.add_argument("--mlflow-port", type=int, default=5000, help="port of MLflow's server (default: 5000)")
    arguments.add_argument(
        "--schedule", action="store_true", help="register prefect.yaml's deployments with a running server, and end"
    )
    chosen = arguments.parse_args()
    root = chosen.root.resolve()
    with ends_clearly(root):
        check_root(root)
        servers = Servers(root, chosen.prefect_port, chosen.mlflow_port)
        if chosen.schedule:
            schedule(root, read_environment(servers.kept) | {"PREFECT_API_URL": servers.prefect_url})
            return
        try:
            servers.start()
            say(f"Prefect: {servers.prefect_url.removesuffix('/api')}   MLflow: {servers.mlflow_url}")
            say(f"the key of both (user {USER}), for clients in a shell: . {servers.kept / ENVIRONMENT}")
            say("`make schedule` or `sparring flow serve --schedule` registers the deployments; Ctrl-C ends all")
            servers.wait()
        except KeyboardInterrupt:
            say("stopping")
        finally:
            servers.stop()


if __name__ == "__main__":
    main()
