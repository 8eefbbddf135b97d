"""The doctor on schedules: registered or not, alive or not, and why the last run failed; by what Prefect's API answers."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sparring.project.schedules import deployment_names, schedule_findings
from tests.conftest import ROOT

WEEKLY, NIGHTLY = {"id": "d-1", "name": "weekly"}, {"id": "d-2", "name": "nightly"}
COMING = {"state_type": "SCHEDULED", "expected_start_time": "2026-12-06T02:00:00Z", "start_time": None}
LATER = {"state_type": "SCHEDULED", "expected_start_time": "2026-12-13T02:00:00Z", "start_time": None}


def ended(state, message=None):
    return {
        "state_type": state,
        "state": {"type": state, "message": message},
        "start_time": "2026-11-29T02:00:03.5Z",
        "expected_start_time": "2026-11-29T02:00:00Z",
    }


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Answers as Prefect's API does: `answers` by deployment; keeps what was asked. The project's folder is tmp_path."""
    answers: dict[str, object] = {"deployments": [], "flow_runs": {}, "status": 200}
    asked = []

    class Api(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append((self.path, self.headers.get("Authorization"), body))
            if self.path == "/api/deployments/filter":
                names = body["deployments"]["name"]["any_"]
                found = answers["deployments"]
                found = [one for one in found if one["name"] in names] if isinstance(found, list) else found
            else:
                found = answers["flow_runs"].get(body["deployments"]["id"]["any_"][0], [])
            content = json.dumps(found).encode()
            self.send_response(answers["status"])
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *said):
            pass

    served = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    threading.Thread(target=served.serve_forever, daemon=True).start()
    monkeypatch.setenv("PREFECT_API_URL", f"http://127.0.0.1:{served.server_port}/api")
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "sparring:word")
    (tmp_path / "prefect.yaml").write_text((ROOT / "prefect.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    yield answers, asked
    served.shutdown()
    served.server_close()


def told(root):
    return {finding.about: (finding.state, finding.text) for finding in schedule_findings(root)}


@pytest.mark.parametrize(
    ("deployment", "runs", "state", "said"),
    [
        (None, [], "warn", "is not registered with the server: `sparring flow serve --schedule` registers it"),
        (WEEKLY | {"paused": True}, [COMING], "warn", "is paused"),
        (WEEKLY, [LATER, COMING], "ok", "has not run yet; next run 2026-12-06 02:00"),
        (WEEKLY, [COMING, ended("COMPLETED", "ok")], "ok", "completed, 2026-11-29 02:00; next run 2026-12-06 02:00"),
        (
            WEEKLY,
            [
                COMING,
                ended("FAILED", "StageFailed: stage prepare ended with exit code 1:\n data: no row"),
                ended("COMPLETED"),
            ],
            "warn",
            "failed, 2026-11-29 02:00: StageFailed: stage prepare ended with exit code 1: data: no row; next run",
        ),
        (WEEKLY, [ended("CRASHED", None)], "warn", "crashed, 2026-11-29 02:00; no run is planned"),
        (WEEKLY, [ended("COMPLETED")], "warn", "completed, 2026-11-29 02:00; no run is planned"),
        (
            WEEKLY,
            [{"state_type": "RUNNING", "start_time": "2026-11-29T02:00:03Z"}],
            "warn",
            "has not run yet; no run is",
        ),
        (WEEKLY, [], "warn", "has not run yet; no run is planned"),
    ],
)
def test_each_deployment_tells_its_last_end_and_its_next_run(server, tmp_path, deployment, runs, state, said):
    answers, asked = server
    answers["deployments"] = [NIGHTLY, *([deployment] if deployment else [])]
    answers["flow_runs"] = {"d-1": runs, "d-2": [COMING]}
    found = told(tmp_path)
    assert found["schedule weekly"][0] == state
    assert said in found["schedule weekly"][1]
    assert found["schedule nightly"] == ("ok", "has not run yet; next run 2026-12-06 02:00")
    assert {key for _, key, _ in asked} == {"Basic c3BhcnJpbmc6d29yZA=="}


@pytest.mark.parametrize(("status", "deployments"), [(401, []), (500, []), (200, {"detail": "x"}), (200, ["weekly"])])
def test_a_server_that_refuses_or_answers_otherwise_is_one_warning(server, tmp_path, status, deployments):
    answers, _ = server
    answers.update(status=status, deployments=deployments)
    found = told(tmp_path)
    assert found.keys() == {"schedule"}
    assert found["schedule"][0] == "warn"
    assert "`sparring flow serve` starts the servers" in found["schedule"][1]


def test_the_servers_of_make_serve_are_found_by_what_it_wrote(server, tmp_path, monkeypatch):
    import os

    answers, asked = server
    answers["deployments"] = [WEEKLY, NIGHTLY]
    address = os.environ["PREFECT_API_URL"]
    for name in ("PREFECT_API_URL", "PREFECT_API_AUTH_STRING"):
        monkeypatch.delenv(name)
    assert told(tmp_path)["schedule"] == (
        "ok",
        "weekly, nightly: none runs; `sparring flow serve`, then `sparring flow serve --schedule` start them",
    )
    (tmp_path / ".servers").mkdir()
    (tmp_path / ".servers" / "environment").write_text(
        f"export PREFECT_API_URL={address}\nexport PREFECT_API_AUTH_STRING='sparring:a b'\n"
    )
    assert told(tmp_path).keys() == {"schedule weekly", "schedule nightly"}
    assert asked[-1][1] == "Basic c3BhcnJpbmc6YSBi"


def test_servers_that_have_ended_are_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    (tmp_path / "prefect.yaml").write_text("deployments:\n  - name: weekly\n")
    state, text = told(tmp_path)["schedule"]
    assert state == "warn"
    assert "http://127.0.0.1:9/api" in text


@pytest.mark.parametrize(
    "text", ["", "[]", "deployments: 5", "deployments: [1, {}]", "a: [", "deployments:\n  - name: w\n"]
)
def test_a_file_without_deployments_has_none(tmp_path, text):
    (tmp_path / "prefect.yaml").write_text(text)
    assert deployment_names(tmp_path) == (["w"] if "name" in text else [])
    assert deployment_names(tmp_path / "elsewhere") == []
