"""A run that is told to stop keeps the answers that are under way, and sends nothing new."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from sparring.storage import read_jsonl, write_jsonl
from sparring.targets.journal import JournalRow
from tests.chat_server import endpoint, settings

ROOT = Path(__file__).parents[3]
AT_ONCE = 3
RUN = """
import signal
import sys
from pathlib import Path
from flows.arguments import parser
from sparring.dialects import DIALECTS
from sparring.records import Example
from sparring.storage import read_jsonl
from sparring.targets.endpoint import EndpointParams, EndpointTarget
parser("test", "an audit, as far as signals go")
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
params = EndpointParams.model_validate_json(sys.argv[1])
EndpointTarget(params, DIALECTS["pythonic"], 64, Path(sys.argv[3])).ask(read_jsonl(Path(sys.argv[2]), Example), 1, 0.0, 0)
"""


@pytest.mark.parametrize(("told", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, None)])
def test_answers_under_way_are_kept_and_nothing_new_is_asked(start_server, seeds, journal, tmp_path, told, code):
    may_answer = threading.Event()

    def plan(question, number, attempt):
        may_answer.wait(60)

    server, examples = start_server(plan), seeds(20)
    write_jsonl(tmp_path / "rows", examples)
    chosen = settings(server.url, timeout_s=60.0, concurrency=AT_ONCE).model_dump_json()
    command = [sys.executable, "-c", RUN, chosen, str(tmp_path / "rows"), str(journal)]
    run = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 200
    while sum(server.asked.values()) < AT_ONCE and time.monotonic() < deadline:
        time.sleep(0.05)
    run.send_signal(told)
    time.sleep(1.0)
    may_answer.set()
    ended = run.wait(60)
    assert ended == code if code is not None else ended != 0

    kept = read_jsonl(journal, JournalRow)
    assert len([row for row in kept if row.text]) == len(kept) == AT_ONCE
    assert sum(server.asked.values()) == AT_ONCE
    replies = endpoint(server.url, journal).ask(examples, 1, 0.0, 0)
    assert replies.unanswered == []
    assert max(server.asked.values()) == 1
