"""The state of the deployments of prefect.yaml: registered or not, alive or not, and how each one's last run ended.

Prefect's server is asked over HTTP, as the environment or `make serve` names it. Nothing is changed there.
"""

import base64
import json
import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sparring.errors import InputError
from sparring.project.findings import Finding
from sparring.secrets_in_text import masked
from sparring.storage import read_text
from sparring.targets.exchange import ExchangeError, bounded_client, exchange
from sparring.visible_text import shorten
from sparring.yaml_text import read_yaml

PATIENCE_S = 3.0
API, KEY = "PREFECT_API_URL", "PREFECT_API_AUTH_STRING"
ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
SERVE, REGISTER = "`sparring flow serve`", "`sparring flow serve --schedule`"  # in a clone and outside of one
REASON = 200  # characters of a run's reason


def schedule_findings(root: Path) -> Iterator[Finding]:
    """One finding for each deployment of prefect.yaml; one alone where no server knows any."""
    if not (names := deployment_names(root)):
        return
    server = _server(root)
    if API not in server:
        yield Finding("ok", "schedule", f"{', '.join(names)}: none runs; {SERVE}, then {REGISTER} start them")
        return
    try:
        known = {one["name"]: one for one in _asked(server, "deployments", {"name": {"any_": list(names)}})}
        for name in names:
            yield _state(name, known.get(name), server)
    except (ExchangeError, ValueError) as error:
        text = f"{server[API]}: {error}: nothing is started by schedule; {SERVE} starts the servers"
        yield Finding("warn", "schedule", masked(text))


def deployment_names(root: Path) -> list[str]:
    """The deployments that prefect.yaml holds; none where there is no such file, or it is not readable as one."""
    path = root / "prefect.yaml"
    try:
        content = read_yaml(read_text(path), str(path)) if path.exists() else None
    except InputError:
        return []
    found = content.get("deployments") if isinstance(content, dict) else None
    rows = found if isinstance(found, list) else []
    return [str(one["name"]) for one in rows if isinstance(one, dict) and "name" in one]


def _state(name: str, deployment: Mapping[str, Any] | None, server: Mapping[str, str]) -> Finding:
    """How a deployment is: its last run that ended, and when the next one begins."""
    about = f"schedule {name}"
    if deployment is None:
        return Finding("warn", about, f"is not registered with the server: {REGISTER} registers it")
    if deployment.get("paused"):
        return Finding("warn", about, "is paused: it starts no run until it is resumed in Prefect's pages")
    runs = _asked(server, "flow_runs", {"id": {"any_": [deployment["id"]]}}, sort="EXPECTED_START_TIME_DESC")
    coming = min((_start(run) for run in runs if run.get("state_type") == "SCHEDULED"), default=None)
    told = f"next run {coming}" if coming else "no run is planned"
    last = next((run for run in runs if run.get("state_type") in ENDED), None)
    if last is None:
        return Finding("ok" if coming else "warn", about, f"has not run yet; {told}")
    how = str(last["state_type"]).lower()
    said = (last.get("state") or {}).get("message")
    reason = f": {shorten(' '.join(str(said).split()), REASON)}" if said and how != "completed" else ""
    well = how == "completed" and coming is not None
    return Finding("ok" if well else "warn", about, masked(f"{how}, {_start(last)}{reason}; {told}"))


def _start(run: Mapping[str, Any]) -> str:
    """When a run begins or began, in UTC, to the minute."""
    return str(run.get("start_time") or run.get("expected_start_time"))[:16].replace("T", " ")


def _asked(server: Mapping[str, str], what: str, deployments: Mapping[str, Any], **more: Any) -> Sequence[Any]:
    """What the server answers to a filter by deployments.

    Raises:
        ExchangeError: It does not answer, or refuses.
        ValueError: Its answer is not what Prefect's API gives.
    """
    headers = {"Content-Type": "application/json"}
    if KEY in server:
        headers["Authorization"] = f"Basic {base64.b64encode(server[KEY].encode()).decode()}"
    body = json.dumps({"deployments": deployments, "limit": 100, **more}).encode()
    with bounded_client(headers) as client:
        answer = exchange(client, "POST", f"{server[API].rstrip('/')}/{what}/filter", PATIENCE_S, body)
    if answer.status >= 400:
        raise ExchangeError(f"{what}: {answer.status}")
    found = json.loads(answer.body)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ValueError(f"{what}: no list")
    return found


def _server(root: Path) -> dict[str, str]:
    """The variables of Prefect's client: of the environment, else those that `make serve` wrote."""
    if os.environ.get(API, "").startswith("http"):
        return {name: os.environ[name] for name in (API, KEY) if name in os.environ}
    path = root / ".servers" / "environment"
    if not path.exists():
        return {}
    words = (word for word in shlex.split(read_text(path)) if "=" in word)
    return {name: value for name, _, value in (word.partition("=") for word in words) if name in (API, KEY)}
