"""What tests share: small real-looking seeds, the real data wheel, tiny models."""

import gc
import os
import shutil
from collections.abc import Callable
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
AUDITS = "tests/flows/test_audit.py"  # takes a third as long as all others that need a played project


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """One process keeps together the tests that share a played project, else those of a file; xdist reads it next.

    The audits come after all others of their folder: by then another process has played the project that they copy.
    """
    first = ("tests/benchmarks/", "tests/flows/", "tests/test_wheel.py")
    items.sort(key=lambda item: (not item.location[0].startswith(first), item.location[0] == AUDITS))
    for item in items:
        shared = {"pristine", "reproduced"} & set(item.fixturenames) and item.location[0] != AUDITS
        item.add_marker(pytest.mark.xdist_group("pipeline" if shared else item.location[0]))


def pytest_collection_finish():
    """What is imported by now is no garbage: each of the full collections to come would look at two million objects."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """Makes a folder once for all processes that test: `once(name, make)` gives what `make(folder)` wrote."""
    root = tmp_path_factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root

    def made(name: str, make: Callable[[Path], object]) -> Path:
        folder, whole = root / name, root / f"{name}.whole"
        with FileLock(root / f"{name}.lock"):
            if not whole.exists():
                shutil.rmtree(folder, ignore_errors=True)  # what another process did not finish
                make(folder)
                whole.touch()
        return folder

    return made


@pytest.fixture(scope="session")
def base_by_heart(once) -> Path:
    """The tiny model that knows the tiny project's rows by heart: a minute of a slow core."""
    from tests.tiny import make_language_model, tiny_seeds  # torch, which most folders of tests do without

    return once("base-by-heart", lambda folder: make_language_model(folder, tiny_seeds()))


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
