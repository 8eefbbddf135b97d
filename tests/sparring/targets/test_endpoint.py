"""The endpoint target against a real HTTP server that misbehaves on purpose: nothing lost, nothing double, nothing invented."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from email.utils import formatdate
from pathlib import Path

import pytest

from sparring.checker import ParseError
from sparring.dialects import DIALECTS
from sparring.dialects.hermes import Hermes
from sparring.errors import HeldError, InputError
from sparring.storage import read_jsonl, write_jsonl
from sparring.targets.endpoint import BudgetExceeded, UnansweredError
from sparring.targets.journal import JournalRow, open_journal
from sparring.targets.transport import retry_after
from tests.chat_server import FAULTS, TOKENS_A_REPLY, endpoint, settings

ROOT = Path(__file__).parents[3]


def right(example):
    return f"[get_weather(city={example.query!r})]"


def every_fifth_fails(seed):
    """A fault or none by question and attempt alone, so threads in another order meet the same faults."""

    def plan(question, number, attempt):
        chance = random.Random(f"{seed}:{question}:{attempt}")
        return chance.choice(FAULTS) if chance.random() < 0.2 else None

    return plan


def test_a_thousand_rows_with_a_fifth_of_faults_end_answered_or_named_and_none_double(start_server, seeds, journal):
    faults = every_fifth_fails(7)
    poison = {f"w{i}" for i in (13, 500, 999)}
    examples = seeds(1_000)
    poisoned = {example.query for example in examples if example.id in poison}
    server = start_server(
        lambda question, number, attempt: "500" if question in poisoned else faults(question, number, attempt)
    )

    replies = endpoint(server.url, journal).ask(examples, samples=1, temperature=0.0, seed=0)

    for example, (text,) in zip(examples, replies.texts, strict=True):
        assert text == (None if example.id in poison else right(example))
    assert {row.row_id.split("#")[0] for row in replies.unanswered} == poison
    assert len(replies.unanswered) == len(poison)
    assert all(row.reason == "HTTP 500 (5 attempts)" for row in replies.unanswered)
    assert server.served == Counter(example.query for example in examples if example.id not in poison)
    assert sum(server.asked.values()) > 1_150
    assert server.busiest <= 16
    rows = read_jsonl(journal, JournalRow)
    assert len({row.row_id for row in rows}) == len(rows) == 1_000
    assert sum(row.requests for row in rows) == sum(server.asked.values())


RUN = """
import sys
import threading
from pathlib import Path
from sparring.dialects import DIALECTS
from sparring.records import Example
from sparring.storage import read_jsonl
from sparring.targets.endpoint import EndpointParams, EndpointTarget
params = EndpointParams.model_validate_json(sys.argv[1])
target = EndpointTarget(params, DIALECTS["pythonic"], 64, Path(sys.argv[3]))
target.ask(read_jsonl(Path(sys.argv[2]), Example), 1, 0.0, 0)
"""


def test_killed_half_way_and_resumed_no_finished_row_is_asked_again(start_server, seeds, journal, tmp_path):
    faults = every_fifth_fails(11)

    def slowly(*request):
        time.sleep(0.01)
        return faults(*request)

    server = start_server(slowly)
    examples = seeds(600)
    write_jsonl(tmp_path / "examples.jsonl", examples)
    arguments = [settings(server.url).model_dump_json(), str(tmp_path / "examples.jsonl"), str(journal)]
    run = subprocess.Popen([sys.executable, "-c", RUN, *arguments], cwd=ROOT)
    deadline = time.monotonic() + 40
    while (not journal.exists() or journal.read_bytes().count(b"\n") < 300) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(run.pid, signal.SIGKILL)
    assert run.wait() == -signal.SIGKILL

    finished = {
        row.row_id.split("#")[0] for row in map(JournalRow.model_validate_json, whole_lines(journal)) if row.text
    }
    assert 300 <= len(finished) < 600
    with journal.open("a") as handle:
        handle.write('{"row_id": "w1#0-torn", "text": "[get_we')
    while server.busy:
        time.sleep(0.02)
    before = Counter(server.asked)
    replies = endpoint(server.url, journal).ask(examples, samples=1, temperature=0.0, seed=0)

    assert replies.unanswered == []
    assert [text for (text,) in replies.texts] == [right(example) for example in examples]
    again = server.asked - before
    assert not {example.id for example in examples if again[example.query]} & finished
    assert len(read_jsonl(journal, JournalRow)) == 600
    assert endpoint(server.url, journal).answer(examples, 1, 0.0, 0) == [[right(example)] for example in examples]
    assert server.asked - before == again


def whole_lines(journal):
    return journal.read_bytes().decode().split("\n")[:-1]


@pytest.mark.parametrize("fault", [*FAULTS, "drip", (503, {"Retry-After": "0"})])
def test_each_fault_is_retried_and_then_answered(start_server, seeds, journal, fault):
    server = start_server(lambda question, number, attempt: fault if number == 1 else None)
    (example,) = seeds(1)
    assert endpoint(server.url, journal).answer([example], 1, 0.0, 0) == [[right(example)]]
    assert server.asked[example.query] == 2


def test_retry_after_is_honoured_and_heard_by_every_thread(start_server, seeds, journal):
    all_four = threading.Barrier(4)

    def refuse_four(question, number, attempt):
        if number > 4:
            return None
        all_four.wait(timeout=60)
        return 429, {"Retry-After": "1"}

    server = start_server(refuse_four)
    endpoint(server.url, journal, concurrency=4, timeout_s=60.0).answer(seeds(12), 1, 0.0, 0)
    refused, later = max(server.times[:4]), server.times[4:]
    assert len(later) == 12
    assert min(later) - refused >= 0.95


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("2", 2),
        ("0.5", 0.5),
        ("-3", 0),
        ("soon", 0),
        ("nan", 0),
        ("Mon, 23 Nov 2026 00:00:00 GMT", 0),
    ],
)
def test_retry_after_is_read_as_seconds_and_never_negative(header, seconds):
    assert retry_after(header) == seconds


def test_retry_after_is_read_as_a_date():
    assert 28 < retry_after(formatdate(time.time() + 30, usegmt=True)) <= 30


def test_a_server_that_asks_for_an_hour_is_not_waited_for(start_server, seeds, journal):
    server = start_server(lambda question, number, attempt: (429, {"Retry-After": "3600"}))
    with pytest.raises(UnansweredError, match="asks to wait 3600 s"):
        endpoint(server.url, journal).answer(seeds(1), 1, 0.0, 0)


def test_a_request_that_the_server_will_never_take_is_named_and_not_retried(start_server, seeds, journal):
    first, second = seeds(2)
    server = start_server(lambda question, number, attempt: "413" if question == first.query else None)
    replies = endpoint(server.url, journal).ask([first, second], 1, 0.0, 0)
    assert replies.texts == [[None], [right(second)]]
    assert [row.reason.split(":")[0] for row in replies.unanswered] == ["HTTP 413"]
    assert server.asked[first.query] == 1


def test_what_stayed_unanswered_is_asked_again_by_the_next_run(start_server, seeds, journal):
    examples = seeds(3)
    broken = [True]
    server = start_server(
        lambda question, number, attempt: "500" if broken[0] and question == examples[1].query else None
    )
    target = endpoint(server.url, journal, max_attempts=1)
    assert len(target.ask(examples, 1, 0.0, 0).unanswered) == 1
    broken[0] = False
    assert target.answer(examples, 1, 0.0, 0) == [[right(example)] for example in examples]
    assert server.served == Counter(example.query for example in examples)


def test_an_endpoint_that_is_gone_is_not_asked_a_thousand_times(seeds, journal):
    target = endpoint("http://127.0.0.1:9/v1", journal, concurrency=4, max_attempts=1)
    replies = target.ask(seeds(1_000), 1, 0.0, 0)
    assert len(replies.unanswered) == 1_000
    assert sum(row.requests for row in read_jsonl(journal, JournalRow)) <= 20


def test_too_few_requests_are_said_once_before_any_is_sent(start_server, seeds, journal, capsys):
    server = start_server()
    endpoint(server.url, journal, max_requests=40).answer(seeds(40), 1, 0.0, 0)
    assert "max_requests" not in capsys.readouterr().err
    target = endpoint(server.url, journal, max_requests=50)
    target.ask(seeds(60), 1, 0.0, 0)
    said = capsys.readouterr().err
    assert "20 rows are to be asked, max_requests allows 10 more requests (40 of 50 are spent)" in " ".join(
        said.split()
    )
    assert sum(server.asked.values()) == 50
    target.ask(seeds(60), 1, 0.0, 0)
    assert "max_requests allows" not in capsys.readouterr().err


def test_the_request_budget_ends_the_run_and_names_what_is_left(start_server, seeds, journal):
    examples = seeds(40)
    server = start_server()
    with pytest.raises(BudgetExceeded, match=r"25 of 25 requests .* 15 rows are left, first w") as stopped:
        endpoint(server.url, journal, max_requests=25).answer(examples, 1, 0.0, 0)
    assert sum(server.asked.values()) == 25
    left = {row.row_id.split("#")[0] for row in stopped.value.unanswered}
    assert left == {example.id for example in examples if not server.served[example.query]}
    with pytest.raises(BudgetExceeded, match="15 rows are left"):
        endpoint(server.url, journal, max_requests=25).answer(examples, 1, 0.0, 0)
    endpoint(server.url, journal, max_requests=40).answer(examples, 1, 0.0, 0)
    assert server.served == Counter(example.query for example in examples)


def test_the_token_budget_is_never_overrun_and_used_as_far_as_it_goes(start_server, seeds, journal):
    server = start_server()
    with pytest.raises(BudgetExceeded, match="tokens"):
        endpoint(server.url, journal, max_tokens=2_000).answer(seeds(200), 1, 0.0, 0)
    used = TOKENS_A_REPLY * sum(server.served.values())
    assert 1_500 <= used <= 2_000


def test_a_request_of_unknown_cost_counts_as_what_was_feared(start_server, seeds, journal):
    server = start_server(lambda question, number, attempt: "hang")
    endpoint(server.url, journal, max_attempts=1).ask(seeds(1), 1, 0.0, 0)
    (row,) = read_jsonl(journal, JournalRow)
    assert (row.text, row.requests) == (None, 1)
    assert row.tokens > 64


def test_the_key_comes_from_the_environment_and_is_in_no_message(start_server, seeds, journal, monkeypatch):
    server = start_server(lambda question, number, attempt: "422" if number > 1 else None)
    with pytest.raises(InputError, match="CHAT_KEY is not set"):
        endpoint(server.url, journal, key_variable="CHAT_KEY")
    monkeypatch.setenv("CHAT_KEY", "secret-key\n")
    replies = endpoint(server.url, journal, key_variable="CHAT_KEY", concurrency=1).ask(seeds(2), 1, 0.0, 0)
    assert server.keys == {"Bearer secret-key"}
    assert "***" in replies.unanswered[0].reason
    assert "secret" not in replies.unanswered[0].reason + journal.read_text()


@pytest.mark.parametrize("status", ["401", "404", (307, {"Location": "http://127.0.0.1:9/"})])
def test_a_wrong_key_address_or_model_stops_the_run_at_once(start_server, seeds, journal, status):
    server = start_server(lambda question, number, attempt: status)
    with pytest.raises(InputError, match="check its address, model and key"):
        endpoint(server.url, journal, concurrency=2).ask(seeds(200), 1, 0.0, 0)
    assert sum(server.asked.values()) <= 2


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8000/v1", "ftp://host/v1", "http://", "http://me:pass@host/v1", "http://[::1/v1"]
)
def test_an_address_that_is_none_is_refused_before_anything_is_sent(url, journal):
    with pytest.raises(InputError, match="base_url"):
        endpoint(url, journal)


def test_a_broken_line_inside_the_journal_is_named(journal):
    journal.write_text('{"row_id": "a"\n{"row_id": "b", "text": "x", "reason": null, "requests": 1, "tokens": 1}\n')
    with pytest.raises(InputError, match=r"journal\.jsonl:1:"), open_journal(journal):
        pass


def test_two_runs_cannot_write_one_journal(journal):
    with open_journal(journal), pytest.raises(HeldError, match="another run"), open_journal(journal):
        pass


def structured(calls):
    """A server that answers with structured calls."""
    return lambda question, body: {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {"id": f"c{i}", "type": "function", "function": {"name": name, "arguments": arguments}}
            for i, (name, arguments) in enumerate(calls)
        ],
    }


def dotted(example):
    tool = example.tools[0]
    tools = [tool.model_copy(update={"name": name}) for name in ("weather.now", "weather_now")]
    return example.model_copy(update={"tools": tools})


@pytest.mark.parametrize("dialect", ["hermes", "llama3", "mistral", "functiongemma", "xlam_json"])
def test_structured_calls_come_back_in_the_dialect_under_the_tools_own_names(start_server, seeds, journal, dialect):
    server = start_server(message=structured([("weather_now", '{"city": "Paris"}'), ("weather_now_2", "")]))
    ((text,),) = endpoint(server.url, journal, dialect).answer([dotted(seeds(1)[0])], 1, 0.0, 0)
    assert DIALECTS[dialect].parse(text) == [("weather.now", {"city": "Paris"}), ("weather_now", {})]
    sent = [tool["function"]["name"] for tool in server.bodies[0]["tools"]]
    assert sent == ["weather_now", "weather_now_2"]


def test_calls_in_plain_text_come_back_under_the_tools_own_names_too(start_server, seeds, journal):
    written = '<tool_call>\n{"name": "weather_now", "arguments": {"city": "Paris"}}\n</tool_call>'
    server = start_server(message=lambda question, body: {"content": written})
    ((text,),) = endpoint(server.url, journal, "hermes").answer([dotted(seeds(1)[0])], 1, 0.0, 0)
    assert DIALECTS["hermes"].parse(text) == [("weather.now", {"city": "Paris"})]


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
@pytest.mark.parametrize("arguments", ['{"city": ', "[1]", '"Paris"'])
def test_arguments_that_are_no_object_are_an_answer_that_nobody_can_read(
    start_server, seeds, journal, dialect, arguments
):
    server = start_server(message=structured([("get_weather", arguments)]))
    ((text,),) = endpoint(server.url, journal, dialect).answer(seeds(1), 1, 0.0, 0)
    with pytest.raises(ParseError):
        DIALECTS[dialect].parse(text)


@pytest.mark.parametrize("message", [{"content": None}, {"content": ""}, {"content": None, "refusal": "I will not."}])
def test_a_message_without_calls_declines(start_server, seeds, journal, message):
    server = start_server(message=lambda question, body: message)
    ((text,),) = endpoint(server.url, journal, "hermes").answer(seeds(1), 1, 0.0, 0)
    assert DIALECTS["hermes"].parse(text) == []


def test_half_a_surrogate_pair_does_not_stop_a_run(start_server, seeds, journal):
    server = start_server(message=structured([("get_weather", '{"city": "\\ud800"}')]))
    assert endpoint(server.url, journal, "hermes").answer(seeds(1), 1, 0.0, 0) == endpoint(
        server.url, journal, "hermes"
    ).answer(seeds(1), 1, 0.0, 0)


def test_several_greedy_samples_are_refused(start_server, seeds, journal):
    with pytest.raises(ValueError, match="greedy"):
        endpoint(start_server().url, journal).answer(seeds(1), samples=2, temperature=0.0, seed=0)


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"total_tokens": 12}, 12),
        ({"total_tokens": 12.5}, 13),
        ({"total_tokens": 0}, 0),
        ({"total_tokens": -1_000_000}, None),
        ({"total_tokens": float("nan")}, None),
        ({"total_tokens": float("inf")}, None),
        ({"total_tokens": True}, None),
        ({"total_tokens": "many"}, None),
        ({"total_tokens": [1]}, None),
        ({}, None),
        (None, None),
        ("none", None),
        ([], None),
    ],
)
def test_token_counts_that_cannot_be_neither_lose_the_answer_nor_defeat_the_budget(
    start_server, seeds, journal, usage, tokens
):
    server = start_server(lambda *_: None)
    server.usage = usage
    replies = endpoint(server.url, journal).ask(seeds(1), 1, 0.0, 0)
    assert replies.texts == [[right(seeds(1)[0])]]
    (row,) = read_jsonl(journal, JournalRow)
    assert row.tokens == tokens if tokens is not None else row.tokens >= 64, "else what was reserved"


def fail(*arguments):
    raise ZeroDivisionError("an error of ours")


def test_answers_that_an_error_of_ours_hits_are_kept_and_read_by_the_next_start(
    start_server, seeds, journal, monkeypatch
):
    written = '<tool_call>\n{"name": "weather_now", "arguments": {"city": "Paris"}}\n</tool_call>'
    server = start_server(message=lambda question, body: {"content": written})
    examples = [dotted(example) for example in seeds(20)]
    with monkeypatch.context() as faulty:
        faulty.setattr(Hermes, "parse", fail)
        for _ in range(2):  # not mended yet: nothing is asked again, nothing is lost
            with pytest.raises(ZeroDivisionError):
                endpoint(server.url, journal, "hermes").ask(examples, 1, 0.0, 0)
            assert sum(server.asked.values()) == 20
    texts = endpoint(server.url, journal, "hermes").answer(examples, 1, 0.0, 0)
    assert sum(server.asked.values()) == 20
    assert {DIALECTS["hermes"].parse(text)[0][0] for (text,) in texts} == {"weather.now"}
    assert all(row.reply is None for row in read_jsonl(journal, JournalRow) if row.text is not None)
