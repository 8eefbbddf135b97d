"""Earlier calls and their results travel in the API's own form, or as text where an API would refuse them."""

import json

import pytest

from sparring.dialects import DIALECTS
from sparring.records import Call, Message, Tool
from sparring.sources.jsonl import load_jsonl
from sparring.targets.chat_wire import ChatWire

STRUCTURED = ["hermes", "llama3", "mistral", "functiongemma", "granite", "xlam_json"]
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}}
OSLO = Call(name="weather.now", arguments={"city": "Oslo — «sentrum»"})
BERGEN = Call(name="weather.now", arguments={"city": "Bergen"})


@pytest.fixture
def talk(make_weather):
    """A row with earlier turns."""

    def made(*messages):
        tools = [Tool(name="weather.now", parameters=PARAMETERS), Tool(name="weather_now", parameters=PARAMETERS)]
        asked = [Message(role="system", content="Be brief."), Message(role="user", content="q"), *messages]
        asked.append(Message(role="user", content="And now?"))
        return make_weather("h", "Paris").model_copy(update={"tools": tools, "messages": asked})

    return made


def sent(example, dialect):
    return ChatWire(DIALECTS[dialect], "m", 64).row(example, 0, 0.0, 0).body["messages"]


def called(*calls, **more):
    return Message(role="assistant", content="", tool_calls=list(calls), **more)


def result(content, **more):
    return Message(role="tool", content=content, **more)


@pytest.mark.parametrize("dialect", STRUCTURED)
def test_calls_and_results_have_ids_that_match_and_names_of_the_wire(talk, dialect):
    body = sent(
        talk(called(OSLO, BERGEN), result("5"), result("7"), Message(role="assistant", content="5, 7")), dialect
    )
    user, assistant, first, second, words, last = body[1:]
    assert (user["role"], words["content"], last["content"]) == ("user", "5, 7", "And now?")
    assert assistant["content"] is None
    assert [call["function"]["name"] for call in assistant["tool_calls"]] == ["weather_now", "weather_now"]
    arguments = [call["function"]["arguments"] for call in assistant["tool_calls"]]
    assert [json.loads(text) for text in arguments] == [OSLO.arguments, BERGEN.arguments]
    ids = [call["id"] for call in assistant["tool_calls"]]
    assert len(set(ids)) == 2
    assert all(len(call_id) == 9 and call_id.isalnum() for call_id in ids)
    assert [(said["role"], said["tool_call_id"]) for said in (first, second)] == [("tool", ids[0]), ("tool", ids[1])]


@pytest.mark.parametrize("dialect", STRUCTURED)
def test_results_in_another_order_answer_the_calls_that_they_name(talk, dialect):
    turns = (called(OSLO, BERGEN, call_ids=["a", "b"]), result("7", tool_call_id="b"), result("5", tool_call_id="a"))
    body = sent(talk(*turns), dialect)
    assert [call["id"] for call in body[2]["tool_calls"]] == ["a", "b"]
    assert [(said["tool_call_id"], said["content"]) for said in body[3:5]] == [("b", "7"), ("a", "5")]


@pytest.mark.parametrize(
    "turns",
    [
        (called(OSLO),),
        (called(OSLO, BERGEN), result("5")),
        (result("5"),),
        (called(OSLO), result("5"), result("7")),
    ],
    ids=["no result", "one result of two", "no call", "a result too many"],
)
def test_a_conversation_that_apis_refuse_stays_text(talk, turns):
    body = sent(talk(*turns), "hermes")
    assert body == DIALECTS["hermes"].messages(talk(*turns))
    assert not any("tool_calls" in said for said in body)


@pytest.mark.parametrize("dialect", ["pythonic", "plain_json"])
def test_where_the_messages_show_the_tools_calls_stay_text(talk, dialect):
    body = sent(talk(called(OSLO), result("5")), dialect)
    assert DIALECTS[dialect].parse(body[2]["content"]) == [("weather.now", OSLO.arguments)]


def test_an_own_row_keeps_its_ids_from_file_to_wire(tmp_path):
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
    call = {"id": "call_9", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    messages = [
        {"role": "user", "content": "q"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_9", "content": "ok"},
        {"role": "user", "content": "again"},
    ]
    row = {"id": "r", "tools": [tool], "messages": messages, "gold": [{"name": "f", "arguments": {}}]}
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row) + "\n")
    assert sent(load_jsonl(path)[0], "hermes") == messages


def test_a_row_without_earlier_calls_is_asked_as_it_was(make_weather):
    example = make_weather("h", "Paris")
    for dialect in DIALECTS:
        assert sent(example, dialect) == DIALECTS[dialect].messages(example)
