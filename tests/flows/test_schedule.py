"""A scheduled round, with real servers: registered a minute ahead, run by the worker, read back from MLflow."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import psutil
import pytest
from mlflow.tracking import MlflowClient
from ruamel.yaml import YAML

from tests.running import BIN, run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
DEADLINE_S = 1200


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def waited_for(what, deadline_s=DEADLINE_S):
    deadline = time.monotonic() + deadline_s
    while time.monotonic() < deadline:
        if (found := what()) is not None:
            return found
        time.sleep(2)
    raise TimeoutError(what.__name__)


@pytest.fixture
def served(pristine):
    """A tiny project with its servers up: (root, ports)."""
    root = pristine.with_name("served")
    shutil.copytree(pristine, root)
    ports = free_port(), free_port()
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "OMP_NUM_THREADS": "1"}
    command = (sys.executable, "-m", "flows.serve", "--prefect-port", str(ports[0]), "--mlflow-port", str(ports[1]))
    log = root.with_suffix(".log")
    with log.open("wb") as said:
        server = subprocess.Popen(command, cwd=root, env=environment, stdout=said, stderr=said)
    try:
        waited_for(lambda: True if "make schedule" in log.read_text() else None, 240)
        yield root, ports
    finally:
        children = psutil.Process(server.pid).children(recursive=True)
        server.send_signal(signal.SIGTERM)
        server.wait(90)
        gone, left = psutil.wait_procs(children, timeout=30)
        assert not left, [process.cmdline() for process in left]
        assert gone


def test_a_scheduled_round_runs_and_its_result_is_in_mlflow(served):
    root, (prefect_port, mlflow_port) = served
    yaml = YAML()
    deployments = yaml.load((root / "prefect.yaml").read_text())
    soon = datetime.now(UTC) + timedelta(seconds=60)
    weekly = next(found for found in deployments["deployments"] if found["name"] == "weekly")
    weekly["schedules"] = [{"interval": 86_400, "anchor_date": soon.isoformat(), "timezone": "UTC"}]
    deployments["deployments"] = [weekly]
    with (root / "prefect.yaml").open("w") as handle:
        yaml.dump(deployments, handle)
    run(root, sys.executable, "-m", "flows.serve", "--schedule", "--prefect-port", str(prefect_port))
    client = MlflowClient(f"http://127.0.0.1:{mlflow_port}")

    def finished_round():
        experiment = client.get_experiment_by_name("tiny")
        runs = [] if experiment is None else client.search_runs([experiment.experiment_id])
        done = [found for found in runs if found.info.run_name == "r01" and found.info.status == "FINISHED"]
        return done[0] if done else None

    found = waited_for(finished_round)
    assert "rl/reward" in found.data.metrics
    assert found.info.start_time / 1000 >= soon.timestamp()
    assert (root / "data" / "rounds" / "r01" / "round.json").exists()
