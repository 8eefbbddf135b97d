"""Endpoints asked in strict mode, for a certain tool, for one call or several; and servers that know none of it."""

import json

import pytest

from sparring.checker import check
from sparring.dialects import DIALECTS
from sparring.errors import InputError
from sparring.records import Example
from sparring.targets.tool_use import ToolUse, check_tool_use, not_strict
from tests.chat_server import endpoint

HERMES = DIALECTS["hermes"]
PROPERTIES = {"city": {"type": "string"}, "days": {"type": "integer"}}


def row(tool="weather.now", properties=PROPERTIES, gold=({"city": ["Oslo"], "days": [""]},), **changed):
    schema = {"type": "dict", "properties": properties, "required": ["city"]}
    tools = [{"name": tool, "parameters": schema}, {"name": "send", "parameters": {"type": "dict", "properties": {}}}]
    calls = [{"name": tool, "arguments": arguments} for arguments in gold]
    asked = {"id": "r", "source": "s", "category": "multiple" if gold else "irrelevance", "gold": calls}
    return Example.model_validate(
        asked | {"tools": tools, "messages": [{"role": "user", "content": "The weather in Oslo?"}]} | changed
    )


def calling(arguments):
    """A server whose model calls the first tool."""
    return lambda question, body: {
        "content": None,
        "tool_calls": [
            {"function": {"name": body["tools"][0]["function"]["name"], "arguments": json.dumps(arguments)}}
        ],
    }


def test_a_null_for_what_strict_mode_alone_requires_is_left_out(start_server, journal):
    server, seed = start_server(message=calling({"city": "Oslo", "days": None})), row()
    ((text,),) = endpoint(server.url, journal, "hermes", strict=True).answer([seed], 1, 0.0, 0)
    function = server.bodies[0]["tools"][0]["function"]
    assert function["strict"] is True
    assert function["parameters"]["required"] == ["city", "days"]
    assert function["parameters"]["properties"]["days"]["type"] == ["integer", "null"]
    assert HERMES.parse(text) == [("weather.now", {"city": "Oslo"})]
    assert check(seed, text, parse=HERMES.parse).correct


def test_a_null_in_text_is_left_out_too_and_a_null_without_strict_mode_stays(start_server, journal):
    said = '<tool_call>{"name": "weather_now", "arguments": {"city": "Oslo", "days": null}}</tool_call>'
    server = start_server(message=lambda question, body: {"content": said})
    found = [
        endpoint(server.url, journal, "hermes", strict=strict).answer([row()], 1, 0.0, 0)[0][0]
        for strict in (True, False)
    ]
    assert [HERMES.parse(text)[0][1] for text in found] == [{"city": "Oslo"}, {"city": "Oslo", "days": None}]
    assert len(server.bodies) == 2, "another way to ask is another row"


def test_a_tool_that_cannot_be_strict_goes_as_it_is_and_is_named(start_server, journal):
    free = PROPERTIES | {"labels": {"type": "dict"}}
    server, seed = start_server(message=calling({"city": "Oslo"})), row(properties=free)
    endpoint(server.url, journal, "hermes", strict=True).answer([seed], 1, 0.0, 0)
    first, second = (tool["function"] for tool in server.bodies[0]["tools"])
    assert "strict" not in first
    assert first["parameters"]["required"] == ["city"]
    assert second["strict"] is True
    assert not_strict(seed.tools) == {
        "weather.now": "parameters.labels: entries under names of one's own are not taken"
    }


@pytest.mark.parametrize(
    ("choice", "tool", "sent"),
    [
        ("required", "weather.now", "required"),
        ("auto", "weather.now", "auto"),
        ("weather.now", "weather.now", {"type": "function", "function": {"name": "weather_now"}}),
        ("weather.now", "get_forecast", {"type": "function", "function": {"name": "get_forecast"}}),
    ],
)
def test_the_choice_is_said_in_the_names_of_the_wire(start_server, journal, choice, tool, sent):
    server = start_server(message=calling({"city": "Oslo"}))
    target = endpoint(server.url, journal, "hermes", tool_choice=choice, parallel_tool_calls=False)
    target.answer([row(tool)], 1, 0.0, 0)
    (body,) = server.bodies
    assert body["tool_choice"] == sent
    assert body["parallel_tool_calls"] is False


def test_a_row_without_tools_is_asked_without_a_choice(start_server, journal):
    server = start_server(message=lambda question, body: {"content": "Fine."})
    endpoint(server.url, journal, "hermes", tool_choice="required", strict=True).answer(
        [row(tools=[], gold=[])], 1, 0.0, 0
    )
    assert not {"tools", "tool_choice"} & server.bodies[0].keys()


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        ("tool_choice", "Unrecognized request argument supplied: tool_choice"),
        ("parallel_tool_calls", "[{'loc': ['body', 'parallel_tool_calls'], 'msg': 'Extra inputs are not permitted'}]"),
        ("strict", "[{'loc': ['body', 'tools', 0, 'function', 'strict'], 'msg': 'Extra inputs are not permitted'}]"),
    ],
)
def test_what_a_server_does_not_know_is_found_out_by_the_first_refusal_and_told(start_server, journal, field, sentence):
    def holds(body):
        return field in body or any(field in tool["function"] for tool in body["tools"])

    server = start_server(message=calling({"city": "Oslo", "days": None}))
    server.refuse = lambda body: {"error": {"message": sentence}} if holds(body) else None
    asked = {"strict": True, "tool_choice": "auto", "parallel_tool_calls": False, "concurrency": 1}
    target = endpoint(server.url, journal, "hermes", **asked)
    rows = [row(id=f"r{number}") for number in range(5)]
    texts = target.answer(rows, 1, 0.0, 0)
    assert [holds(body) for body in server.bodies] == [True] + [False] * 5
    assert target.not_taken == {field}
    assert [HERMES.parse(text) for (text,) in texts] == [[("weather.now", {"city": "Oslo"})]] * 5


CALL, NONE = row(), row(gold=[])
TWICE = row(gold=({"city": ["Oslo"]}, {"city": ["Rome"]}), category="parallel")


@pytest.mark.parametrize(
    ("use", "fitting"),
    [
        (ToolUse(), [CALL, NONE, TWICE]),
        (ToolUse(strict=True, choice="auto"), [CALL, NONE, TWICE]),
        (ToolUse(choice="required"), [CALL, TWICE]),
        (ToolUse(choice="required", parallel=False), [CALL]),
        (ToolUse(choice="weather.now"), [CALL, TWICE]),
        (ToolUse(choice="send"), []),
        (ToolUse(choice="none"), [NONE]),
        (ToolUse(parallel=False), [CALL, NONE]),
    ],
)
def test_rows_that_nothing_answers_rightly_do_not_fit(use, fitting):
    assert [one for one in (CALL, NONE, TWICE) if use.fits(one)] == fitting


@pytest.mark.parametrize(
    ("use", "shows_tools", "said"),
    [
        (ToolUse(strict=True), False, "pythonic shows tools in the messages"),
        (ToolUse(choice="none"), True, "no request that wants a call could be answered"),
    ],
)
def test_a_way_to_ask_that_makes_no_audit_is_refused(use, shows_tools, said):
    with pytest.raises(InputError, match=said):
        check_tool_use(use, shows_tools, "pythonic")
