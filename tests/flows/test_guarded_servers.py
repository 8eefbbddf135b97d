"""The servers of `make serve`: who has no key reads and runs nothing, whatever page or name asks; a second start is refused."""

import asyncio
import json
import os
import shlex
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pytest
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from flows.guarded_server import Door
from flows.serve import read_environment, write_environment
from sparring.errors import InputError
from tests.ports import free_port

HERE = "127.0.0.1:4200"
KEY = "sparring:secret"
RIGHT = "Basic c3BhcnJpbmc6c2VjcmV0"


async def echo(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"inside"})


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": RIGHT}, 200),
        ({"Authorization": RIGHT, "Origin": f"http://{HERE}"}, 200),
        ({"Authorization": RIGHT, "Host": "localhost:4200"}, 200),
        ({}, 401),
        ({"Authorization": ""}, 401),
        ({"Authorization": "Basic c3BhcnJpbmc6"}, 401),
        ({"Authorization": RIGHT[:-1]}, 401),
        ({"Authorization": "Bearer secret"}, 401),
        ({"Authorization": "Bäsic"}, 401),
        ({"Authorization": RIGHT, "Origin": "https://evil.example"}, 403),
        ({"Authorization": RIGHT, "Origin": "http://127.0.0.1:8080"}, 403),
        ({"Authorization": RIGHT, "Origin": f"https://{HERE}"}, 403),
        ({"Authorization": RIGHT, "Origin": "null"}, 403),
        ({"Authorization": RIGHT, "Host": "evil.example:4200"}, 403),
        ({"Authorization": RIGHT, "Host": "127.0.0.1"}, 403),
        ({"Authorization": RIGHT, "Host": ""}, 403),
    ],
)
def test_the_door_opens_to_the_key_under_its_own_name_alone(headers, status):
    assert asked(Door(echo, [HERE, "localhost:4200"], KEY), "/api/2.0/runs", headers) == status


def test_who_asks_for_health_needs_no_key_but_the_right_name():
    door = Door(echo, [HERE], KEY)
    assert asked(door, "/health", {}) == 200
    assert asked(door, "/health", {"Host": "evil.example"}) == 403
    assert asked(door, "/health/../api", {}) == 401


def asked(door, path, headers):
    async def answer():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url=f"http://{HERE}") as client:
            raw = [(name.encode(), value.encode("utf-8")) for name, value in headers.items()]
            return (await client.get(path, headers=raw)).status_code

    return asyncio.run(answer())


def test_the_key_lies_in_a_file_that_nobody_else_reads(tmp_path):
    client = {"PREFECT_API_AUTH_STRING": "sparring:it's $HOME", "MLFLOW_TRACKING_USERNAME": "sparring"}
    write_environment(tmp_path, client)
    write_environment(tmp_path, client)
    assert read_environment(tmp_path) == client
    assert [path.name for path in tmp_path.iterdir()] == ["environment"]
    assert stat.S_IMODE((tmp_path / "environment").stat().st_mode) == 0o600
    command = ["sh", "-c", '. ./environment; printf %s "$PREFECT_API_AUTH_STRING"']
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert said.stdout == client["PREFECT_API_AUTH_STRING"]


def test_without_servers_a_schedule_says_what_is_missing(tmp_path):
    with pytest.raises(InputError, match=r"environment: no such file; `sparring flow serve`"):
        read_environment(tmp_path)


def serve(root: Path, ports: tuple[int, int], log: Path) -> subprocess.Popen:
    command = (sys.executable, "-m", "flows.serve", "--root", str(root), "--prefect-port", str(ports[0]))
    with log.open("wb") as said:
        return subprocess.Popen([*command, "--mlflow-port", str(ports[1])], stdout=said, stderr=said)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Servers of an empty folder, up: (root, addresses of Prefect and MLflow, user and key, process)."""
    root = tmp_path_factory.mktemp("served")
    ports, log = (free_port(), free_port()), root / "log"
    server = serve(root, ports, log)
    try:
        deadline = time.monotonic() + 240
        while "make schedule" not in log.read_text():
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.5)
        key = tuple(read_environment(root / ".servers")["PREFECT_API_AUTH_STRING"].split(":"))
        yield root, (f"http://127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[1]}"), key, server
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(90)


COMMAND = {
    "name": "evil",
    "type": "process",
    "base_job_template": {"job_configuration": {"command": "touch /tmp/pwned"}, "variables": {}},
}
ASKED = [
    (0, "POST", "/api/work_pools/", COMMAND),
    (0, "POST", "/api/work_pools/filter", {}),
    (0, "POST", "/api/flow_runs/filter", {}),
    (0, "GET", "/api/admin/settings", None),
    (1, "POST", "/api/2.0/mlflow/experiments/create", {"name": "evil"}),
    (1, "GET", "/api/2.0/mlflow/experiments/search?max_results=10", None),
    (1, "GET", "/ajax-api/2.0/mlflow/experiments/search?max_results=10", None),
    (1, "GET", "/api/2.0/mlflow-artifacts/artifacts", None),
    (1, "POST", "/ajax-api/3.0/jobs/search", {}),
    (1, "GET", "/", None),
]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("server", "method", "path", "content"), ASKED)
def test_nothing_is_read_or_run_without_the_key_from_another_page_or_under_another_name(
    served, server, method, path, content
):
    _, addresses, key, _ = served
    url = addresses[server] + path
    text = None if content is None else json.dumps(content)

    def status(headers=None, auth=None):
        said = {"Content-Type": "text/plain" if headers else "application/json"} | (headers or {})
        return httpx.request(method, url, content=text, headers=said, auth=auth, timeout=60).status_code

    assert status() == 401
    assert status(auth=("sparring", "guess")) == 401
    assert status({"Origin": "https://evil.example"}) == 403
    assert status({"Origin": "https://evil.example"}, key) == 403
    assert status({"Host": "evil.example"}, key) == 403
    assert httpx.options(url, headers={"Origin": "https://evil.example"}, timeout=60).status_code == 403
    if method == "GET" or path.endswith("filter"):
        assert status(auth=key) < 300, "who has the key reads"


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", ["/api/events/out", "/api/logs/out", "/api/events/in"])
def test_no_socket_tells_events_or_logs_without_the_key(served, path):
    url = served[1][0].replace("http", "ws") + path
    with connect(url, subprotocols=["prefect"]) as opened:
        opened.send(json.dumps({"type": "auth", "token": "guess"}))
        with pytest.raises(WebSocketException):
            opened.recv(timeout=20)
    with pytest.raises(WebSocketException):
        connect(url, origin="https://evil.example", subprotocols=["prefect"])


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_no_other_user_finds_the_key_and_mlflow_is_one_process(served):
    root, _, (_, secret), server = served
    assert stat.S_IMODE((root / ".servers").stat().st_mode) == 0o700
    assert stat.S_IMODE((root / ".servers" / "environment").stat().st_mode) == 0o600
    family = psutil.Process(server.pid).children(recursive=True)
    lines = [shlex.join(process.cmdline()) for process in family]
    assert not any(secret in line for line in lines)
    assert len(lines) == 3, lines
    for listening in (found for process in family for found in process.net_connections() if found.status == "LISTEN"):
        assert listening.laddr.ip == "127.0.0.1"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_second_start_is_refused_before_a_running_round_is_called_crashed(served, tmp_path):
    root, (prefect, mlflow), key, _ = served
    with httpx.Client(base_url=f"{prefect}/api/", auth=key, timeout=60) as client:
        flow = client.post("flows/", json={"name": "round"}).raise_for_status().json()["id"]
        running = {"flow_id": flow, "state": {"type": "RUNNING", "name": "Running"}}
        run_id = client.post("flow_runs/", json=running).raise_for_status().json()["id"]
        taken = tuple(int(address.rpartition(":")[2]) for address in (prefect, mlflow))
        for ports, said in (
            (taken, f"port {taken[0]} is taken"),
            ((free_port(), taken[1]), f"port {taken[1]} is taken"),
            ((free_port(), free_port()), "servers of this folder run already"),
        ):
            second = serve(root, ports, tmp_path / "log")
            assert second.wait(120) == 2
            assert said in (tmp_path / "log").read_text()
        assert client.get(f"flow_runs/{run_id}").raise_for_status().json()["state_type"] == "RUNNING"
    assert read_environment(root / ".servers")["PREFECT_API_AUTH_STRING"] == ":".join(key), "the key still opens"
    assert os.listdir(root / ".servers")
