"""Prefect's or MLflow's server behind a door: asked under its own address, by no other page, by who knows the key.

    python -m flows.guarded_server prefect --port 4200

Whoever reaches Prefect's API runs commands through its worker, and MLflow's changes what a round reads. Loopback keeps
out other machines only: a web page in a browser of this machine reaches it, under a foreign name (DNS rebinding) too,
and so does every other user. The surprise: Prefect asks for the key itself (its pages have to load before a person can
give it), MLflow knows no key, so the door asks.
"""

import argparse
import base64
import hmac
import os
import socket
from collections.abc import Iterable
from typing import cast

import uvicorn
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from sparring.errors import HeldError, InputError
from sparring.terminal import clear_errors

LOOPBACK = "127.0.0.1"
HEALTH = "/health"
KEY_VARIABLE = "SPARRING_SERVER_KEY"
GRACE_S = 5


class Door:
    """Refuses a request that another page sent, that names another host, or that lacks the key.

    Args:
        app: The server behind.
        hosts: What the Host header may say; an Origin header may say the same with http:// before it.
        key: `user:password` that every request but the question for health has to bring; None where the server asks.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str], key: str | None) -> None:
        self._app = app
        self._hosts = frozenset(hosts)
        self._origins = frozenset(f"http://{host}" for host in self._hosts)
        self._wanted = None if key is None else f"Basic {base64.b64encode(key.encode()).decode()}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request itself, or lets it pass."""
        refusal = None if scope["type"] == "lifespan" else self._refusal(Headers(scope=scope), scope["path"])
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": refusal[1]})
        else:
            status, reason = refusal
            challenge = {"WWW-Authenticate": 'Basic realm="sparring"'} if status == 401 else None
            await PlainTextResponse(reason, status, challenge)(scope, receive, send)

    def _refusal(self, headers: Headers, path: str) -> tuple[int, str] | None:
        """Status and reason; None where the request may pass."""
        if headers.getlist("host") != [headers.get("host")] or headers["host"] not in self._hosts:
            return 403, "asked under a name that is not this server's"
        if any(origin not in self._origins for origin in headers.getlist("origin")):
            return 403, "asked by another page"
        if self._wanted is None or path == HEALTH:
            return None
        given = headers.get("authorization", "")
        return None if hmac.compare_digest(given.encode(), self._wanted.encode()) else (401, "the key is missing")


def prefect_app() -> ASGIApp:
    """Prefect's server, as `prefect server start` makes it; PREFECT_SERVER_API_AUTH_STRING is its key."""
    from prefect.server.api.server import create_app

    return create_app(final=True)


def mlflow_app(store: str, artifacts: str) -> ASGIApp:
    """MLflow's server, as `mlflow server --workers 1` makes it, in this process and without its job runners.

    Args:
        store: Address of its database.
        artifacts: Address of the folder that it keeps and serves artifacts from.
    """
    os.environ |= {
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # ten processes, 1.2 GB
        "_MLFLOW_SERVER_FILE_STORE": store,
        "_MLFLOW_SERVER_ARTIFACT_ROOT": "mlflow-artifacts:/",
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": artifacts,
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
    }
    from mlflow.server.fastapi_app import app
    from mlflow.server.handlers import initialize_backend_stores

    initialize_backend_stores(store, store, "mlflow-artifacts:/")
    return cast(ASGIApp, app)


def main() -> None:
    """Command line; the key is in the environment, where no other user reads it."""
    arguments = argparse.ArgumentParser(prog="python -m flows.guarded_server", description=__doc__.splitlines()[0])
    arguments.add_argument("server", choices=["prefect", "mlflow"])
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--store", default="", help="address of MLflow's database")
    arguments.add_argument("--artifacts", default="", help="address of MLflow's artifacts")
    chosen = arguments.parse_args()
    with clear_errors():
        if taken(chosen.port):  # told before a minute of making what would serve there
            raise HeldError(f"port {chosen.port} is taken; another: --port")
        door = _guarded(chosen)
        uvicorn.run(door, host=LOOPBACK, port=chosen.port, log_level="warning", timeout_graceful_shutdown=GRACE_S)


def taken(port: int) -> bool:
    """Whether another process has a port of loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return True
    return False


def _guarded(chosen: argparse.Namespace) -> Door:
    """The server that the arguments name, behind its door."""
    hosts = [f"{name}:{chosen.port}" for name in (LOOPBACK, "localhost")]
    if chosen.server == "prefect":
        return Door(prefect_app(), hosts, key=None)
    if KEY_VARIABLE not in os.environ:
        raise InputError(f"the environment variable {KEY_VARIABLE} is not set: it should hold the server's key")
    return Door(mlflow_app(chosen.store, chosen.artifacts), hosts, key=os.environ[KEY_VARIABLE])


if __name__ == "__main__":
    main()
