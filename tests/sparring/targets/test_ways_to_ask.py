"""Endpoints that want to be asked in another way, that answer in an older form, or that were cut in mid-sentence."""

import json
from pathlib import Path

import pytest

from sparring.checker import check
from sparring.dialects import DIALECTS
from sparring.targets.body_fields import THINKING_TOKENS
from tests.chat_server import endpoint

CASES = {
    case["id"]: case
    for case in map(
        json.loads, (Path(__file__).parents[2] / "cases" / "endpoint.jsonl").read_text("utf-8").splitlines()
    )
}


def replying(case):
    """A server's message out of a recorded reply."""
    choice = case["reply"]["choices"][0]
    return lambda question, body: choice["message"] | {"finish_reason": choice.get("finish_reason", "stop")}


def refusing(field, sentence):
    """A server that takes no request with a field, and says so."""
    return lambda body: {"error": {"message": sentence, "param": field}} if field in body else None


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_an_answer_that_was_cut_is_unanswered_and_named(start_server, seeds, journal, dialect):
    server = start_server(message=replying(CASES["truncated_null"]))
    replies = endpoint(server.url, journal, dialect).ask(seeds(1), 1, 0.0, 0)
    assert replies.texts == [[None]]
    assert replies.reasons == ["cut at 64 tokens (finish_reason: length)"]


@pytest.mark.parametrize("reason", ["length", "LENGTH", "model_length", "MAX_TOKENS", "max_output_tokens"])
@pytest.mark.parametrize("message", [{"content": "[get_weather(city='Os"}, {"content": None}])
def test_each_word_for_an_answer_that_was_cut_is_known(start_server, seeds, journal, reason, message):
    server = start_server(message=lambda question, body: message | {"finish_reason": reason})
    replies = endpoint(server.url, journal).ask(seeds(1), 1, 0.0, 0)
    assert replies.texts == [[None]]
    assert replies.reasons == ["cut at 64 tokens (finish_reason: length)"]


def test_many_cut_answers_do_not_count_as_an_endpoint_that_is_gone(start_server, seeds, journal):
    server = start_server(message=replying(CASES["truncated_null"]))
    replies = endpoint(server.url, journal, concurrency=2).ask(seeds(40), 1, 0.0, 0)
    assert {row.reason for row in replies.unanswered} == {"cut at 64 tokens (finish_reason: length)"}
    assert sum(server.asked.values()) == 40


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
@pytest.mark.parametrize("name", ["legacy_function_call", "double_encoded_arguments"])
def test_older_and_doubly_encoded_calls_are_calls(start_server, seeds, journal, dialect, name):
    server = start_server(message=replying(CASES[name]))
    (example,) = seeds(1)
    ((text,),) = endpoint(server.url, journal, dialect).answer([example], 1, 0.0, 0)
    assert DIALECTS[dialect].parse(text) == [("get_weather", {"city": "Oslo"})]
    unwanted = example.model_copy(update={"category": "irrelevance", "gold": []})
    assert check(unwanted, text, parse=DIALECTS[dialect].parse).failure == "unwanted_call"


@pytest.mark.parametrize("arguments", ["", "null", None])
def test_no_arguments_are_none(start_server, seeds, journal, arguments):
    call = {"function": {"name": "get_weather", "arguments": arguments}}
    server = start_server(message=lambda question, body: {"content": None, "tool_calls": [call]})
    ((text,),) = endpoint(server.url, journal, "hermes").answer(seeds(1), 1, 0.0, 0)
    assert DIALECTS["hermes"].parse(text) == [("get_weather", {})]


@pytest.mark.parametrize(
    ("field", "sentence", "sent"),
    [
        ("max_tokens", CASES["max_tokens_refused"]["reply"]["error"]["message"], {"max_completion_tokens": 64}),
        ("seed", "Unsupported parameter: 'seed' is not supported with this model.", {"max_tokens": 64}),
        ("seed", "[{'type': 'extra_forbidden', 'loc': ['body', 'seed'], 'msg': 'Extra inputs are not permitted'}]", {}),
        (
            "temperature",
            "Unsupported value: 'temperature' does not support 0.0 with this model. Only the default (1) value is "
            "supported.",
            {"seed": 0},
        ),
    ],
)
def test_a_field_that_the_first_refusal_names_is_sent_no_more(start_server, seeds, journal, field, sentence, sent):
    server = start_server()
    server.refuse = refusing(field, sentence)
    replies = endpoint(server.url, journal, concurrency=1).ask(seeds(20), 1, 0.0, 0)
    assert replies.unanswered == []
    assert [field in body for body in server.bodies] == [True] + [False] * 20
    assert server.bodies[-1].items() >= sent.items()


def test_a_server_that_refuses_three_fields_is_found_out_by_all_threads_at_once(start_server, seeds, journal):
    server = start_server()
    refusals = [refusing(field, f"Unrecognized request argument supplied: {field}") for field in ("max_tokens", "seed")]
    refusals.append(refusing("temperature", "temperature is deprecated for this model"))
    server.refuse = lambda body: next((said for refuse in refusals if (said := refuse(body))), None)
    target = endpoint(server.url, journal)
    assert target.ask(seeds(100), 1, 0.0, 0).unanswered == []
    assert sum(server.asked.values()) <= 100 + 3 * 16
    asked = sum(server.asked.values())
    assert endpoint(server.url, journal).ask(seeds(100), 1, 0.0, 0).unanswered == []
    assert sum(server.asked.values()) == asked, "what was answered is found again whatever the requests looked like"


@pytest.mark.parametrize(
    "sentence",
    ["max_tokens is too large: 64. This model supports at most 32 completion tokens", "messages: text is too long"],
)
def test_a_refusal_that_no_other_field_mends_is_named(start_server, seeds, journal, sentence):
    server = start_server()
    server.refuse = lambda body: {"error": {"message": sentence}}
    (row,) = endpoint(server.url, journal).ask(seeds(1), 1, 0.0, 0).unanswered
    assert sentence in row.reason
    assert sum(server.asked.values()) <= 2


@pytest.mark.parametrize(
    "thoughts",
    [
        {"content": None, "reasoning_content": "Hm."},
        {"content": "", "reasoning": "Hm."},
        {"content": "<think>Hm, [get_weather(city='Rome')]"},
    ],
)
def test_a_model_that_thinks_gets_room_for_it(start_server, seeds, journal, thoughts):
    def message(question, body):
        if body["max_tokens"] < THINKING_TOKENS:
            return thoughts | {"finish_reason": "length"}
        return {"content": f"[get_weather(city={question!r})]", "reasoning_content": "[get_weather(city='Rome')]"}

    server = start_server(message=message)
    texts = endpoint(server.url, journal, concurrency=1).answer(seeds(5), 1, 0.0, 0)
    assert [text for (text,) in texts] == [f"[get_weather(city={seed.query!r})]" for seed in seeds(5)]
    assert [body["max_tokens"] for body in server.bodies] == [64] + [THINKING_TOKENS] * 5


def test_further_fields_are_sent_and_null_leaves_one_out(start_server, seeds, journal):
    server = start_server()
    body = {"reasoning_effort": "low", "seed": None, "max_tokens": None, "max_completion_tokens": 500}
    endpoint(server.url, journal, body=body).answer(seeds(1), 1, 0.0, 0)
    (sent,) = server.bodies
    assert sent["reasoning_effort"] == "low"
    assert sent["max_completion_tokens"] == 500
    assert not {"seed", "max_tokens"} & sent.keys()
    endpoint(server.url, journal).answer(seeds(1), 1, 0.0, 0)
    assert len(server.bodies) == 2, "another request is another row"
