"""What every backend does alike: answers in order, as many as asked for, the same again; a lost row is never an answer.

A new backend is one entry in BACKENDS.
"""

from contextlib import nullcontext

import pytest

from sparring.checker import check
from sparring.dialects import DIALECTS
from sparring.gold import gold_calls
from sparring.targets import Target
from sparring.targets.local import LocalTarget
from sparring.targets.scripted import ScriptedTarget
from sparring.targets.vllm import served_adapter
from tests.chat_server import endpoint, settings
from tests.conftest import weather
from tests.tiny import make_language_model

CITIES = ("Paris", "Rome", "Oslo")
DIALECT = DIALECTS["pythonic"]


@pytest.fixture(scope="module")
def examples():
    return [weather(f"w{number}", city) for number, city in enumerate(CITIES)]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory, examples):
    """A model that knows the seeds' answers by heart."""
    return make_language_model(tmp_path_factory.mktemp("tiny"), examples, num_steps=250)


@pytest.fixture
def right(examples):
    """The right answer to each question."""
    return {example.query: DIALECT.render(gold_calls(example)) for example in examples}


@pytest.fixture
def backend(request, tiny, right, params, start_server, journal, tmp_path):
    """A backend by name, each of which knows the right answers."""
    if request.param == "local":
        models = params.models.model_copy(update={"dtype": "float32"})
        yield LocalTarget(tiny, None, params.model_copy(update={"models": models}))
        return
    if request.param == "scripted":
        yield ScriptedTarget(lambda example, sample: right[example.query])
        return
    server = start_server(message=lambda question, body: {"role": "assistant", "content": right[question]})
    made = nullcontext(endpoint(server.url, journal))
    if request.param == "vllm":
        (tmp_path / "adapter_config.json").write_text("{}")
        made = served_adapter(settings(server.url), DIALECT, 64, journal, tmp_path)
    with made as target:
        yield target


BACKENDS = pytest.mark.parametrize("backend", ["local", "scripted", "endpoint", "vllm"], indirect=True)


@BACKENDS
def test_greedy_answers_come_in_the_order_of_the_examples_and_again_the_same(backend, examples, right):
    first, second, third = examples
    asked = [second, first, third, first]
    found = backend.ask(asked, samples=1, temperature=0.0, seed=3).texts
    assert found == [[right[example.query]] for example in asked]
    assert backend.ask(asked, samples=1, temperature=0.0, seed=3).texts == found
    assert all(check(example, text, parse=DIALECT.parse).correct for example, (text,) in zip(asked, found, strict=True))


@BACKENDS
def test_as_many_samples_come_as_were_asked_for_and_the_same_for_the_same_seed(backend, examples):
    found = backend.ask(examples, samples=3, temperature=0.5, seed=5).texts
    assert [len(texts) for texts in found] == [3, 3, 3]
    assert all(isinstance(text, str) for texts in found for text in texts)
    assert backend.ask(examples, samples=3, temperature=0.5, seed=5).texts == found


@BACKENDS
def test_nothing_asked_is_nothing_answered(backend):
    assert isinstance(backend, Target)
    assert backend.ask([], samples=2, temperature=1.0, seed=3).texts == []
