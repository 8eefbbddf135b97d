"""Scheduled rounds, with real servers: registered a minute ahead, run by the worker, read back from MLflow; cancelled."""

import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import httpx
import psutil
import pytest
from mlflow.tracking import MlflowClient
from ruamel.yaml import YAML

from flows.serve import read_environment
from sparring.storage import hash_tree
from tests.ports import free_port
from tests.running import BIN, run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
DEADLINE_S = 1500


def waited_for(what, deadline_s=DEADLINE_S):
    deadline = time.monotonic() + deadline_s
    while time.monotonic() < deadline:
        if (found := what()) is not None:
            return found
        time.sleep(2)
    raise TimeoutError(what.__name__)


@pytest.fixture
def served(reproduced):
    """A tiny project, its baseline played, with its servers up: (root, ports)."""
    root = reproduced.with_name("served")
    shutil.copytree(reproduced, root)
    for kept in (root / "data" / "rounds" / "r01", root / "models" / "r01"):
        shutil.rmtree(kept)
    ports = free_port(), free_port()
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "OMP_NUM_THREADS": "1"}
    command = (sys.executable, "-m", "flows.serve", "--prefect-port", str(ports[0]), "--mlflow-port", str(ports[1]))
    log = root.with_suffix(".log")
    with log.open("wb") as said:
        server = subprocess.Popen(command, cwd=root, env=environment, stdout=said, stderr=said)
    try:
        waited_for(lambda: True if "make schedule" in log.read_text() else None, 600)
        yield root, ports
    finally:
        children = psutil.Process(server.pid).children(recursive=True)
        server.send_signal(signal.SIGTERM)
        server.wait(90)
        gone, left = psutil.wait_procs(children, timeout=30)
        assert not left, [process.cmdline() for process in left]
        assert gone


def test_a_scheduled_round_runs_is_read_from_mlflow_and_goes_on_after_a_cancel(served, reproduced, monkeypatch):
    root, (prefect_port, mlflow_port) = served
    key = read_environment(root / ".servers")
    for name in ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"):
        monkeypatch.setenv(name, key[name])
    yaml = YAML()
    deployments = yaml.load((root / "prefect.yaml").read_text())
    soon = datetime.now(UTC) + timedelta(seconds=60)
    assert {"weekly", "nightly"} == {found["name"] for found in deployments["deployments"]}
    for found in deployments["deployments"]:
        later = soon if found["name"] == "weekly" else soon + timedelta(hours=12)
        found["schedules"] = [{"interval": 86_400, "anchor_date": later.isoformat(), "timezone": "UTC"}]
        assert found["concurrency_limit"] == 1
    with (root / "prefect.yaml").open("w") as handle:
        yaml.dump(deployments, handle)
    run(root, sys.executable, "-m", "flows.serve", "--schedule", "--prefect-port", str(prefect_port))
    client = MlflowClient(f"http://127.0.0.1:{mlflow_port}")

    def finished_round():
        experiment = client.get_experiment_by_name("tiny")
        runs = [] if experiment is None else client.search_runs([experiment.experiment_id])
        assert "r00" in {found.info.run_name for found in runs}, "what was played without a server is shown"
        done = [found for found in runs if found.info.run_name == "r01" and found.info.status == "FINISHED"]
        return next((found for found in done if found.info.start_time / 1000 >= soon.timestamp()), None)

    found = waited_for(finished_round)
    assert "rl/total" in found.data.metrics
    assert client.get_run(found.data.tags["mlflow.parentRunId"]).data.tags["kind"] == "experiment"
    assert results(root) == results(reproduced)
    cancelled_half_way(root, f"http://127.0.0.1:{prefect_port}/api", tuple(key["PREFECT_API_AUTH_STRING"].split(":")))
    assert not (root / "data" / "rounds" / "r01" / "round.json").exists()
    run(root, "dvc", "repro")
    assert results(root) == results(reproduced)


def results(root):
    folder = root / "data" / "rounds" / "r01"
    found = {path.name: hash_tree(path) for path in folder.glob("*.jsonl")}
    return found | {path.name: hash_tree(path) for path in (root / "models" / "r01").iterdir()}


def posted(client, path, content):
    """What the server answers; while its database is locked it says 503, and Prefect's own client asks again too."""

    def answer():
        found = client.post(path, json=content)
        return None if found.status_code == httpx.codes.SERVICE_UNAVAILABLE else found.raise_for_status().json()

    return waited_for(answer, 120)


def cancelled_half_way(root, api, key):
    """Starts the weekly deployment anew, cancels it in the RL update, and sees that nothing of it is left."""
    for kept in (root / "data" / "rounds" / "r01", root / "models" / "r01"):
        shutil.rmtree(kept)
    with httpx.Client(base_url=f"{api}/", auth=key, timeout=60.0) as client:
        deployment = client.get("deployments/name/training/weekly").raise_for_status().json()["id"]
        run_id = posted(client, f"deployments/{deployment}/create_flow_run", {})["id"]
        waited_for(lambda: list((root / ".work").glob("r01-*/rl/checkpoint-1")) or None)
        playing = players(root)
        assert playing
        cancelling = {"state": {"type": "CANCELLING", "name": "Cancelling"}}
        posted(client, f"flow_runs/{run_id}/set_state", cancelling)
        ends = {"CANCELLED", "CRASHED", "FAILED"}

        def end():
            state = client.get(f"flow_runs/{run_id}").raise_for_status().json()["state_type"]
            return state if state in ends else None

        assert waited_for(end, 300) == "CANCELLED"
    assert waited_for(lambda: True if not players(root) else None, 60)


def players(root):
    """Processes of this project that play a round."""
    found = []
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
            if process.cwd() == str(root) and ("flows.adversarial_round" in command or "repro" in command):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found
