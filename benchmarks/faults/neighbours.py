"""Faults of what plays beside a round: a Ray worker is killed, servers are started twice, the judge dies."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
from ruamel.yaml import YAML

from benchmarks.faults.disturbed import Disturbed, Setting
from benchmarks.faults.playing import DEADLINE_S, ROUND, Started, start
from flows.guarded_server import LOOPBACK
from flows.serve import read_environment

MOST_DELAY_S = 1.5  # that a worker is stopped before it ends
START_S = 120.0
RAY = "ray::"  # how Ray's processes begin their names


def killed_worker(setting: Setting, root: Path, rng: random.Random, phase: str) -> Disturbed:
    """One of two Ray workers is killed in the middle of its work: it is stopped as soon as it is seen, killed later."""
    _change(root, "workers", {"engine": "ray", "count": 2, "address": None})
    playing = start(root)
    playing.reach(phase, 0.0)
    delay, killed = rng.random() * MOST_DELAY_S, "nobody: the step had ended"
    while not playing.ended() and playing.phase() == phase:
        if workers := _ray_workers(playing):
            worker = rng.choice(workers)
            try:
                worker.suspend()
                if worker not in _ray_workers(playing):  # its work ended just then
                    worker.resume()
                    continue
                killed = worker.name()
                time.sleep(delay)
                worker.kill()
            except psutil.NoSuchProcess:
                continue
            break
        time.sleep(0.02)
    playing.wait()
    return Disturbed(playing, f"{killed}, stopped for {delay:.2f} s before")


def _ray_workers(playing: Started) -> list[psutil.Process]:
    """Processes of the round that work for Ray right now: named by a function; agents and idle ones have capitals."""
    found = []
    try:
        for process in psutil.Process(playing.pid).children(recursive=True):
            try:
                if process.name().startswith(RAY) and process.name().removeprefix(RAY)[:1].islower():
                    found.append(process)
            except psutil.NoSuchProcess:
                continue
    except psutil.NoSuchProcess:
        return []
    return sorted(found, key=lambda process: process.pid)


def second_servers(setting: Setting, root: Path, rng: random.Random, phase: str) -> Disturbed:
    """The servers of `make serve` are started a second time, on the same ports or on others, while a round runs."""
    ports, others = (_free_port(), _free_port()), (_free_port(), _free_port())
    servers = _serve(root, ports)
    try:
        environment = _environment(root, servers)
        moment = setting.moment(rng, phase)
        # MLflow's records stay in the project, where every other round of the campaign has them
        playing = start(root, environment={k: v for k, v in environment.items() if not k.startswith("MLFLOW")})
        playing.reach(phase, moment)
        chosen = rng.choice((ports, others))
        second = _serve(root, chosen)
        code = second.wait(START_S)
        said = (root / "serve.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1]
        playing.wait()
        states = _run_states(environment)
    finally:
        servers.send_signal(signal.SIGTERM)
        servers.wait(START_S)
    wrong = None
    if code != 2 or not said.startswith("error: "):
        wrong = f"the second start ended with {code}: {said}"
    elif states != ["COMPLETED"]:
        wrong = f"Prefect calls the round {states}"
    return Disturbed(playing, f"{moment:.2f} s into it; the second start: {said}", wrong=wrong)


def _serve(root: Path, ports: tuple[int, int]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "flows.serve", "--root", str(root)]
    command += ["--prefect-port", str(ports[0]), "--mlflow-port", str(ports[1])]
    known = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_API", "PREFECT_HOME"))}
    with (root / "serve.log").open("ab") as log:
        return subprocess.Popen(
            command, cwd=root, env=known | {"PYTHONPATH": os.pathsep.join(sys.path)}, stdout=log, stderr=log
        )


def _environment(root: Path, servers: "subprocess.Popen[bytes]") -> dict[str, str]:
    """What a client of the servers needs, once they answer."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and servers.poll() is None:
        if "Ctrl-C ends all" in (root / "serve.log").read_text(encoding="utf-8", errors="replace"):
            return read_environment(root / ".servers")
        time.sleep(0.2)
    raise SystemExit(f"the servers did not start: see {root / 'serve.log'}")


def _run_states(environment: dict[str, str]) -> list[str]:
    """How Prefect's server says that the round's runs ended."""
    user, _, key = environment["PREFECT_API_AUTH_STRING"].partition(":")
    address = f"{environment['PREFECT_API_URL']}/flow_runs/filter"
    answer = httpx.post(address, json={}, auth=(user, key), timeout=10.0).raise_for_status()
    return [run["state_type"] for run in answer.json() if run["name"] == ROUND]


def dead_judge(setting: Setting, root: Path, rng: random.Random, phase: str) -> Disturbed:
    """The judge of lost trials dies, before the round or in it, and is there again for the next start."""
    port = _free_port()
    judge = {
        "base_url": f"http://{LOOPBACK}:{port}/v1", "model": "judge", "key_variable": None, "concurrency": 2,
        "timeout_s": 5.0, "max_attempts": 2, "max_requests": None, "max_tokens": None, "max_new_tokens": 20,
    }  # fmt: skip
    _change(root, "judge", judge)
    running = _judge(port)
    moment = setting.moment(rng, phase) if phase != "start" else 0.0
    if phase == "start":
        _end(running)
    playing = start(root)
    if phase != "start":
        playing.reach(phase, moment)
        _end(running)
    playing.wait()
    revived = _judge(port)  # of a process group of its own; it ends with the campaign
    return Disturbed(playing, f"{moment:.2f} s into it", beside=lambda: _end(revived))


def _judge(port: int) -> "subprocess.Popen[bytes]":
    """The judge's process, once it answers."""
    command = [sys.executable, "-m", "benchmarks.faults.undecided_judge", str(port)]
    process = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)})
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((LOOPBACK, port)) == 0:
                return process
        time.sleep(0.1)
    raise SystemExit("the judge did not start")


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def _change(root: Path, section: str, value: object) -> None:
    """Gives the project's recipe another section."""
    path, yaml = root / "params.yaml", YAML()
    recipe = yaml.load(path.read_text(encoding="utf-8"))
    recipe[section] = value
    with path.open("w", encoding="utf-8") as handle:
        yaml.dump(recipe, handle)
