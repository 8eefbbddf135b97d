"""What tests share: small real-looking seeds."""

import os

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from sparring.records import Example


def weather(example_id: str = "w1", city: str = "Paris") -> Example:
    """A seed with one tool, one required and one optional argument."""
    return Example.model_validate(
        {
            "id": example_id,
            "source": "test",
            "category": "simple_python",
            "tools": [
                {
                    "name": "get_weather",
                    "description": "Current weather of a city.",
                    "parameters": {
                        "type": "dict",
                        "properties": {
                            "city": {"type": "string", "description": "Name of the city."},
                            "days": {"type": "integer", "description": "Days ahead. Default is 1."},
                        },
                        "required": ["city"],
                    },
                }
            ],
            "messages": [{"role": "user", "content": f"What is the weather in {city} for the next 3 days?"}],
            "gold": [{"name": "get_weather", "arguments": {"city": [city], "days": [3]}}],
        }
    )


@pytest.fixture
def weather_seed() -> Example:
    return weather()


@pytest.fixture
def make_weather():
    return weather
