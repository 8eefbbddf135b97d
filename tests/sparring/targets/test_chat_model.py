"""A round's target as MLflow loads it: a chat request with tools in, tool calls out; another base is refused."""

import json
from types import SimpleNamespace

import pytest

from sparring.dialects import DIALECTS
from sparring.errors import InputError
from sparring.storage import hash_tree, write_text
from sparring.targets.chat_model import CHAT_MODEL, ChatModel, ChatModelFile, _load_pyfunc, chat_example

TOOL = {"type": "function", "function": {"name": "get_weather", "description": "Weather.", "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}  # fmt: skip
ASKED = [{"role": "user", "content": "Weather in Paris?"}]


def model(text):
    """A chat model whose target says one thing, and keeps what it was asked."""
    asked = []
    target = SimpleNamespace(
        dialect=DIALECTS["pythonic"], answer=lambda examples, **_: asked.extend(examples) or [[text]], asked=asked
    )
    return ChatModel(target)


@pytest.mark.parametrize(
    ("text", "content", "calls", "reason"),
    [
        ("[get_weather(city='Paris')]", None, [("get_weather", {"city": "Paris"})], "tool_calls"),
        ("[a(x=1), b(y=True)]", None, [("a", {"x": 1}), ("b", {"y": True})], "tool_calls"),
        ("[]", "[]", None, "stop"),
        ("[get_weather(city=", "[get_weather(city=", None, "stop"),
    ],
)
def test_calls_are_tool_calls_and_everything_else_is_content(text, content, calls, reason):
    (choice,) = model(text).predict({"messages": ASKED, "tools": [TOOL]})["choices"]
    assert choice["finish_reason"] == reason
    assert choice["message"]["content"] == content
    made = choice["message"].get("tool_calls")
    found = made and [(one["function"]["name"], json.loads(one["function"]["arguments"])) for one in made]
    assert found == calls
    assert not made or len({one["id"] for one in made}) == len(made)


def test_the_target_is_asked_with_the_whole_conversation_and_the_tools():
    chat = model("[]")
    called = {"id": "1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Oslo"}'}}
    said = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Oslo?"},
        {"role": "assistant", "content": None, "tool_calls": [called]},
        {"role": "tool", "tool_call_id": "1", "content": "rain"},
        *ASKED,
    ]
    chat.predict({"messages": said, "tools": [TOOL]})
    (example,) = chat.target.asked
    assert [message.role for message in example.messages] == ["system", "user", "assistant", "tool", "user"]
    assert example.messages[2].tool_calls[0].arguments == {"city": "Oslo"}
    assert example.tools[0].parameters["required"] == ["city"]
    assert chat_example({"messages": ASKED}).tools == []


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ([], "messages"),
        ({}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"messages": [{"role": "system", "content": "x"}]}, "no user message"),
        ({"messages": [{"role": "robot", "content": "x"}, *ASKED]}, "messages.0"),
        ({"messages": ASKED, "tools": [{"name": 3}]}, "tools.0"),
    ],
)
def test_a_wrong_request_is_one_line_that_names_the_field(request_, said):
    with pytest.raises(InputError, match=said):
        chat_example(request_)


def test_a_base_that_is_missing_or_another_is_refused_by_name(tmp_path, params, monkeypatch):
    base, folder = tmp_path / "base", tmp_path / "model"
    write_text(base / "config.json", "{}")
    kept = ChatModelFile(params=params, base=str(base), base_hash="0" * 64)
    write_text(folder / CHAT_MODEL, kept.model_dump_json())
    with pytest.raises(InputError, match="is another base model"):
        _load_pyfunc(str(folder))
    monkeypatch.setenv("SPARRING_BASE", str(tmp_path / "nowhere"))
    with pytest.raises(InputError, match=r"nowhere: no base model; SPARRING_BASE"):
        _load_pyfunc(str(folder))
    assert hash_tree(base) != kept.base_hash
