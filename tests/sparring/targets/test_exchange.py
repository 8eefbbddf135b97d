"""One request and its whole answer: the deadline and the size hold, whatever drips, however it is zipped."""

import gzip
import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
import zlib
from functools import partial
from pathlib import Path

import pytest

from sparring.dialects import DIALECTS
from sparring.errors import UnreachableError
from sparring.project.doctor import _answers
from sparring.storage import write_jsonl
from sparring.targets.exchange import MAX_BODY, AbandonedError, ExchangeError, bounded_client, exchange
from sparring.targets.stopping import GRACE_S
from sparring.targets.vllm import served_adapter
from tests.chat_server import endpoint, settings
from tests.hostile_server import LARGE, SLOW, WRONG, HostileServer, zipped

ROOT = Path(__file__).parents[3]
TIMEOUT_S = 1.0
SLACK_S = 3.0
MAX_MEMORY = 8 * MAX_BODY


@pytest.fixture
def hostile():
    """Starts a server that plays one trick."""
    started = []

    def start(trick):
        started.append(HostileServer(trick))
        return started[-1]

    yield start
    for server in started:
        server.close()


def asked(url, **choices):
    with bounded_client({}) as client:
        return exchange(client, "POST", url, TIMEOUT_S, b"{}", **choices)


@pytest.mark.parametrize("trick", SLOW)
def test_the_deadline_holds_whatever_drips(hostile, trick):
    begin = time.monotonic()
    with pytest.raises(ExchangeError, match="no whole answer within 1 s"):
        asked(hostile(trick).url)
    assert TIMEOUT_S * 0.9 < time.monotonic() - begin < TIMEOUT_S + SLACK_S


@pytest.mark.parametrize("trick", LARGE + WRONG)
def test_what_is_too_large_or_no_answer_is_refused_in_little_memory(hostile, trick):
    server = hostile(trick)
    tracemalloc.start()
    try:
        with pytest.raises(ExchangeError) as refused:
            asked(server.url)
        assert tracemalloc.get_traced_memory()[1] < MAX_MEMORY + 10_000_000  # the server's own body among it
    finally:
        tracemalloc.stop()
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        (b"gzip", gzip.compress(b'{"a": 1}', mtime=0)),
        (b"deflate", zlib.compress(b'{"a": 1}')),
        (b"identity", b'{"a": 1}'),
    ],
)
def test_a_body_that_is_zipped_once_is_unzipped(hostile, encoding, packed):
    answer = asked(hostile(partial(zipped, packed, encoding)).url)
    assert answer.status == 200
    assert answer.body == b'{"a": 1}'


def test_a_zipped_body_that_ends_too_early_is_no_answer(hostile):
    with pytest.raises(ExchangeError, match="ends within gzip"):
        asked(hostile(partial(zipped, gzip.compress(b"{}" * 1_000)[:-4], b"gzip")).url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/v1", "http://\0/", "http://[::bad/v1", "no address", "http://nowhere.invalid/v1"]
)
def test_an_address_where_nobody_answers_is_named_in_one_line(url):
    with pytest.raises(ExchangeError) as refused:
        asked(url)
    assert "\n" not in str(refused.value)


def test_who_waits_no_longer_is_not_kept_waiting(hostile):
    over = threading.Event()
    threading.Timer(0.3, over.set).start()
    begin = time.monotonic()
    with bounded_client({}) as client, pytest.raises(AbandonedError):
        exchange(client, "GET", hostile(SLOW[0]).url, 60.0, over=over)
    assert time.monotonic() - begin < SLACK_S


@pytest.mark.parametrize("trick", [*SLOW[:3], *SLOW[4:6], *LARGE[:2]])
def test_endpoint_server_of_adapters_and_doctor_end_in_time(hostile, make_weather, tmp_path, trick):
    server = hostile(trick)
    (tmp_path / "adapter").mkdir()
    (tmp_path / "adapter" / "adapter_config.json").write_text("{}")
    begin = time.monotonic()
    chosen = {"timeout_s": TIMEOUT_S, "max_attempts": 1}
    replies = endpoint(server.url, tmp_path / "journal", **chosen).ask([make_weather()], 1, 0.0, 0)
    assert replies.texts == [[None]]
    assert "1 attempts" in replies.unanswered[0].reason
    with (
        pytest.raises(UnreachableError, match="/v1/models: "),
        served_adapter(
            settings(server.url, **chosen), DIALECTS["pythonic"], 8, tmp_path / "other", tmp_path / "adapter"
        ),
    ):
        pass
    assert _answers("judge", server.url).state == "fail"
    assert time.monotonic() - begin < 2 * TIMEOUT_S + 5.0 + SLACK_S


RUN = """
import sys
from pathlib import Path
from flows.arguments import parser
from sparring.dialects import DIALECTS
from sparring.records import Example
from sparring.storage import read_jsonl
from sparring.targets.endpoint import EndpointParams, EndpointTarget
parser("test", "an audit, as far as signals go")
params = EndpointParams.model_validate_json(sys.argv[1])
EndpointTarget(params, DIALECTS["pythonic"], 64, Path(sys.argv[3])).ask(read_jsonl(Path(sys.argv[2]), Example), 1, 0.0, 0)
"""


def test_processes_whose_endpoints_drip_end_at_sigterm(hostile, make_weather, tmp_path):
    """Side by side: each takes the whole grace."""
    write_jsonl(tmp_path / "rows", [make_weather(f"w{number}") for number in range(4)])
    environment, servers, runs = os.environ | {"PYTHONPATH": str(ROOT)}, {}, {}
    for trick in (SLOW[0], SLOW[2], SLOW[4], SLOW[5], SLOW[-1]):
        servers[trick] = hostile(trick)
        chosen = settings(servers[trick].url, timeout_s=300.0).model_dump_json()
        command = [sys.executable, "-c", RUN, chosen, str(tmp_path / "rows"), str(tmp_path / f"journal of {len(runs)}")]
        runs[trick] = subprocess.Popen(command, cwd=ROOT, env=environment)
    assert all(server.asked.wait(120) for server in servers.values())
    time.sleep(1.0)
    for run in runs.values():
        run.send_signal(signal.SIGTERM)
    assert {trick: run.wait(20 + GRACE_S) for trick, run in runs.items()} == dict.fromkeys(runs, 143)
