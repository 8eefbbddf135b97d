"""The same talk, as five APIs keep it: one history comes of all of them, with ids that match and results as text."""

import pytest

from sparring.errors import InputError
from sparring.sources.turns import read_turns

GIVEN, WEATHER = {"city": "Oslo"}, {"sky": "rain"}
CALL = {"name": "get_weather", "arguments": GIVEN}
TALKS = {
    "OpenAI chat": [
        {"role": "user", "content": "Oslo?"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Oslo"}'}}
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": '{"sky": "rain"}'},
        {"role": "user", "content": "And now?"},
    ],
    "OpenAI responses": [
        {"role": "user", "content": [{"type": "input_text", "text": "Oslo?"}]},
        {"type": "reasoning", "summary": []},
        {"type": "function_call", "call_id": "c1", "name": "get_weather", "arguments": '{"city": "Oslo"}'},
        {"type": "function_call_output", "call_id": "c1", "output": '{"sky": "rain"}'},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "And now?"}]},
    ],
    "Anthropic": [
        {"role": "user", "content": "Oslo?"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "c1", "name": "get_weather", "input": GIVEN}]},
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "c1", "content": [{"type": "text", "text": '{"sky": "rain"}'}]},
                {"type": "text", "text": "And now?"},
            ],
        },
    ],
    "Bedrock": [
        {"role": "user", "content": [{"text": "Oslo?"}]},
        {"role": "assistant", "content": [{"toolUse": {"toolUseId": "c1", "name": "get_weather", "input": GIVEN}}]},
        {
            "role": "user",
            "content": [
                {"toolResult": {"toolUseId": "c1", "content": [{"text": '{"sky": "rain"}'}]}},
                {"text": "And now?"},
            ],
        },
    ],
    "Gemini": [
        {"role": "user", "parts": [{"text": "Oslo?"}]},
        {"role": "model", "parts": [{"functionCall": {"id": "c1", "name": "get_weather", "args": GIVEN}}]},
        {
            "role": "user",
            "parts": [{"functionResponse": {"id": "c1", "name": "get_weather", "response": WEATHER}}],
        },
        {"role": "user", "parts": [{"text": "And now?"}]},
    ],
    "Ollama": [
        {"role": "user", "content": "Oslo?"},
        {"role": "assistant", "content": "", "tool_calls": [{"id": "c1", "function": CALL}]},
        {"role": "tool", "tool_call_id": "c1", "content": WEATHER},
        {"role": "user", "content": "And now?"},
    ],
}


@pytest.mark.parametrize("api", TALKS)
def test_a_talk_is_the_same_whoever_kept_it(api):
    turns = read_turns(TALKS[api])
    assert [(turn["role"], turn["content"]) for turn in turns] == [
        ("user", "Oslo?"),
        ("assistant", ""),
        ("tool", '{"sky": "rain"}'),
        ("user", "And now?"),
    ]
    assert turns[1]["tool_calls"] == [CALL]
    assert turns[1]["call_ids"] == [turns[2]["tool_call_id"]] == ["c1"]


@pytest.mark.parametrize("api", TALKS)
def test_a_talk_that_ends_with_a_call_asks_nothing(api):
    number = next(number for number, turn in enumerate(TALKS[api]) if "get_weather" in str(turn))
    with pytest.raises(InputError, match=rf"^messages\.{number}\.role: 'assistant' asks nothing"):
        read_turns(TALKS[api][: number + 1])
