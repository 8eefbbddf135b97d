"""Servers for scheduled runs on this machine: Prefect's server and a process worker, and MLflow's, all on loopback.

    python -m flows.serve --root .

Everything that they keep lies in one folder, .servers/. Ctrl-C or SIGTERM ends all of them and what they run.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from flows.arguments import parser
from flows.processes import end_group
from flows.zombies import bury_zombies
from sparring.storage import InputError
from sparring.terminal import clear_errors, say

POOL = "local"
LOOPBACK = "127.0.0.1"
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

    @property
    def environment(self) -> dict[str, str]:
        """What a client of these servers needs in its environment."""
        return {
            "PREFECT_API_URL": self.prefect_url,
            "PREFECT_HOME": str(self.kept / "prefect"),
            "MLFLOW_TRACKING_URI": self.mlflow_url,
            "SPARRING_ROOT": str(self.root),
            "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}",
        }

    def start(self) -> None:
        """Starts all three, each when the one that it needs answers.

        Raises:
            InputError: A port is taken, or a server does not answer.
        """
        self.kept.mkdir(parents=True, exist_ok=True)
        prefect_port, mlflow_port = map(str, self.ports)
        artifacts = (self.kept / "mlartifacts").as_uri()
        store = f"sqlite:///{self.kept / 'mlflow.db'}"
        self._run("prefect", "prefect", "server", "start", "--host", LOOPBACK, "--port", prefect_port)
        self._run(
            "mlflow", "mlflow", "server", "--host", LOOPBACK, "--port", mlflow_port,
            "--backend-store-uri", store, "--artifacts-destination", artifacts, "--workers", "1",
        )  # fmt: skip
        self._wait("prefect", f"{self.prefect_url}/health")
        self._wait("mlflow", f"{self.mlflow_url}/health")
        bury_zombies(self.prefect_url)
        self._call("prefect", "work-pool", "create", POOL, "--type", "process", "--overwrite")
        self._run("worker", "prefect", "worker", "start", "--pool", POOL, "--type", "process")

    def wait(self) -> None:
        """Returns when one of them has ended.

        Raises:
            InputError: Always, naming the one that ended.
        """
        while True:
            for name, process in self.running.items():
                if process.poll() is not None:
                    raise InputError(f"{name} ended with exit code {process.returncode}: see {self._log(name)}")
            time.sleep(1.0)

    def stop(self) -> None:
        """Ends the worker first, then the servers, each with its group."""
        for name in reversed(self.running):
            end_group(self.running[name])
        self.running.clear()

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
            raise InputError(f"{' '.join(command)} failed: {said[-1]}")

    def _wait(self, name: str, address: str) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if self.running[name].poll() is not None:
                raise InputError(f"{name} did not start: see {self._log(name)}")
            try:
                if httpx.get(address, timeout=2.0).is_success:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.5)
        raise InputError(f"{name} does not answer at {address}: see {self._log(name)}")

    def _log(self, name: str) -> Path:
        return self.kept / f"{name}.log"


def schedule(root: Path, environment: Mapping[str, str]) -> None:
    """Registers the deployments of prefect.yaml with the server that the environment names."""
    command = [str(BIN / "prefect"), "--no-prompt", "deploy", "--all"]
    wanted = {"SPARRING_ROOT": str(root), "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(command, cwd=root, env=os.environ | wanted | dict(environment), check=False)
    if done.returncode != 0:
        raise InputError("prefect deploy failed: is the server up? `make serve` starts one")


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
    with clear_errors():
        servers = Servers(root, chosen.prefect_port, chosen.mlflow_port)
        if chosen.schedule:
            schedule(root, {"PREFECT_API_URL": servers.prefect_url})
            return
        try:
            servers.start()
            say(f"Prefect: {servers.prefect_url.removesuffix('/api')}   MLflow: {servers.mlflow_url}")
            say("`make schedule` registers the deployments; Ctrl-C ends all")
            servers.wait()
        except KeyboardInterrupt:
            say("stopping")
        finally:
            servers.stop()


if __name__ == "__main__":
    main()
