"""The endpoint backend against a real model server: `transformers serve` with the tiny model."""

import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from sparring.storage import read_jsonl
from sparring.targets.journal import JournalRow
from sparring.targets.local import LocalTarget
from tests.chat_server import endpoint
from tests.conftest import weather
from tests.ports import free_port
from tests.tiny import make_language_model

START_S = 120


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """(address, model folder, seeds that it knows) of a running server."""
    folder = tmp_path_factory.mktemp("served")
    seeds = [weather(f"w{number}", city) for number, city in enumerate(("Paris", "Rome", "Oslo", "Lima"))]
    make_language_model(folder, seeds, num_steps=250)
    port = free_port()
    program = str(Path(sys.executable).with_name("transformers"))
    options = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu", "--dtype", "float32"]
    log = (folder / "server.log").open("w")
    server = subprocess.Popen([program, "serve", str(folder), *options], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + START_S
        while not _is_up(port):
            assert server.poll() is None, (folder / "server.log").read_text()
            assert time.monotonic() < deadline, (folder / "server.log").read_text()
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/v1", folder, seeds
    finally:
        server.terminate()
        server.wait(30)
        log.close()


def _is_up(port):
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_served_model_answers_as_it_does_on_this_machine(served, journal, params):
    url, folder, seeds = served
    target = endpoint(url, journal, model=str(folder), concurrency=2, timeout_s=60.0)
    found = target.answer(seeds, samples=1, temperature=0.0, seed=0)
    models = params.models.model_copy(update={"dtype": "float32"})
    local = LocalTarget(folder, None, params.model_copy(update={"models": models}))
    assert found == local.answer(seeds, samples=1, temperature=0.0, seed=0)
    assert len({text for (text,) in found}) == len(seeds)
    assert all(row.tokens > 0 and row.requests == 1 for row in read_jsonl(journal, JournalRow))
