"""What the backends' tests share: chat servers, a journal, seeds by number."""

import threading

import pytest

from tests.chat_server import ChatServer, echo


@pytest.fixture
def start_server():
    """Starts servers; all are closed after the test."""
    started = []

    def start(plan=lambda question, number, attempt: None, message=echo):
        server = ChatServer(plan, message)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "answers.journal.jsonl"


@pytest.fixture
def seeds(make_weather):
    """Seeds by number; every question is another one."""
    return lambda count: [make_weather(f"w{i}", f"Town{i}") for i in range(count)]
