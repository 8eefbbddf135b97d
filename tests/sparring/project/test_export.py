"""What a team takes away: a suite that passes right models however they call, and a card that names the right terms."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sparring.gold import gold_calls
from sparring.project.export import export_suite
from sparring.project.licence import licence_of
from sparring.prompts import render_prompt
from sparring.records import Attack, Completion, Example, Trial
from sparring.sources.models import DONE
from sparring.targets.chat_wire import wire_names
from tests.chat_server import ChatServer
from tests.hostile_server import HostileServer, continues
from tests.sparring.test_visible_text import finished

ROOT = Path(__file__).parents[3]


@pytest.fixture
def dotted(weather_seed):
    """A seed whose tool has a name that chat APIs refuse."""
    tool = weather_seed.tools[0].model_copy(update={"name": "weather.get"})
    gold = weather_seed.gold[0].model_copy(update={"name": "weather.get"})
    return weather_seed.model_copy(update={"tools": [tool], "gold": [gold]})


def exported(folder, seed: Example, params, dialect):
    attack = Attack(id="a", example_id=seed.id, query=seed.query + " Thanks!", strategy="thanks", round="r01", seed=0)
    completion = Completion(attack_id="a", sample=0, text="[]")
    won = Trial(attack=attack, completions=[completion], rejected_by=None, verdicts=[])
    chosen = params.model_copy(update={"target": params.target.model_copy(update={"dialect": dialect})})
    export_suite([won], {seed.id: seed}, folder, chosen)


def played(folder, url):
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "SPARRING_ENDPOINT": url,
        "SPARRING_TIMEOUT_S": "1",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_regression.py"]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def by_tool_calls(seed):
    """A right model that answers with `tool_calls`, under the names that it was shown."""

    def message(question, body):
        names = wire_names(seed.tools) if "tools" in body else {}
        called = [(names.get(call.name, call.name), json.dumps(call.arguments)) for call in gold_calls(seed)]
        calls = [{"function": {"name": name, "arguments": arguments}} for name, arguments in called]
        return {"role": "assistant", "content": None, "tool_calls": calls}

    return message


@pytest.mark.parametrize("dialect", ["hermes", "plain_json"])
def test_a_right_model_that_calls_by_tool_calls_passes_under_the_names_of_the_wire(
    dotted, params, tmp_path, start_chat, dialect
):
    exported(tmp_path, dotted, params, dialect)
    server = start_chat(by_tool_calls(dotted))
    done = played(tmp_path, server.url)
    assert done.returncode == 0, done.stdout
    for tool in server.bodies[0].get("tools", ()):
        assert tool["function"]["name"] == "weather_get"


def test_a_wrong_model_fails_and_a_dead_or_dripping_endpoint_is_an_error(weather_seed, params, tmp_path, start_chat):
    exported(tmp_path, weather_seed, params, "pythonic")
    wrong = played(tmp_path, start_chat(lambda *_: {"role": "assistant", "content": "[get_weather(city='Rome')]"}).url)
    assert "1 failed" in wrong.stdout
    assert "1 error" in played(tmp_path, "http://127.0.0.1:9/v1").stdout
    server = HostileServer(continues)
    assert "1 error" in played(tmp_path, server.url).stdout
    server.close()


@pytest.fixture
def start_chat():
    """Starts chat servers with a message of their own, and stops them."""
    started = []

    def start(message):
        server = ChatServer(lambda *_: None, message)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ("---\nlicense: mit\ntags: [a]\n---\n# Model\n", "mit"),
        ("---\r\nlicense: llama3.2\r\n---\r\n", "llama3.2"),
        ("---\nlicense: [gemma]\n---\n", "gemma"),
        ("---\nlicense: [mit, gpl]\n---\n", None),
        ("---\nlicense: unknown\n---\n", None),
        ("---\nlicense: 'mit\\n---\\nevil: [yes]'\n---\n", None),
        ("---\nlicense: !!python/object/apply:os.system ['true']\n---\n", None),
        ("---\nlicense: {a: b}\n---\n", None),
        ("---\n[broken\n---\n", None),
        ("# license: mit\n", None),
        ("", None),
    ],
)
def test_the_licence_is_what_the_base_models_card_says(tmp_path, card, licence):
    (tmp_path / "README.md").write_text(card, newline="")
    assert licence_of(tmp_path) == licence


def test_a_model_of_the_catalogue_has_its_own_and_a_bare_folder_none(tmp_path):
    assert licence_of(tmp_path) is None
    (tmp_path / DONE).write_text("smollm2-135m-instruct")
    assert licence_of(tmp_path) == "apache-2.0"
    (tmp_path / DONE).write_text("/models/other")
    assert licence_of(tmp_path) is None


@pytest.mark.parametrize(
    ("licence", "field", "said"), [("mit", "license: mit", "(`mit`)"), (None, "license: unknown", "names none")]
)
def test_the_card_names_the_licence_or_says_that_it_is_unknown(params, licence, field, said):
    card = render_prompt(
        "model_card", params=params, result=finished("won"), licence=licence, base_model=None, heldout={}
    )
    assert field in card.split("---")[1]
    assert said in card
    assert "apache" not in card
