"""What a team takes away: a suite that passes right models however they call, and a card that names the right terms."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sparring.errors import InputError
from sparring.gold import gold_calls
from sparring.project.export import champion_of, check_prompt, export_round, export_suite, heldout
from sparring.project.licence import hub_name, licence_of
from sparring.prompts import render_prompt
from sparring.records import Attack, Completion, Example, Trial
from sparring.sources.models import DONE
from sparring.statistics import rate
from sparring.storage import RoundPaths, hash_tree, write_text
from sparring.targets.chat_wire import wire_names
from tests.chat_server import ChatServer
from tests.hostile_server import HostileServer, continues
from tests.sparring.test_visible_text import finished
from tests.tiny import tokenizer

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


def test_the_suite_asks_in_strict_mode_where_the_audit_did(dotted, params, tmp_path, start_chat):
    audit = params.audit.model_copy(update={"strict": True, "tool_choice": "required", "parallel_tool_calls": False})
    exported(tmp_path, dotted, params.model_copy(update={"audit": audit}), "hermes")
    server = start_chat(by_tool_calls(dotted))
    done = played(tmp_path, server.url)
    assert done.returncode == 0, done.stdout
    (body,) = server.bodies
    assert (body["tool_choice"], body["parallel_tool_calls"]) == ("required", False)
    assert [tool["function"]["strict"] for tool in body["tools"]] == [True]


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


@pytest.mark.parametrize(
    ("base", "name"),
    [
        ("smollm2-135m-instruct", "HuggingFaceTB/SmolLM2-135M-Instruct"),
        ("Qwen/Qwen3-0.6B", "Qwen/Qwen3-0.6B"),
        ("/models/own", None),
        ("own", None),
        ("a/b/c", None),
        ("../own/model", None),
    ],
)
def test_the_card_links_a_base_that_the_hub_knows_and_no_folder(base, name):
    assert hub_name(base) == name


def test_the_card_of_a_round_that_was_not_promoted_says_so_in_its_title_and_has_held_out_figures_alone(params):
    rates = {name: rate(1, 4) for name in (
        "attack_success", "heldout_success", "heldout_success/call", "heldout_success_before", "seeds_broken",
        "clean_accuracy", "clean_accuracy_before", "schema_success/shuffle", "valid_fraction",
    )} | {"no_call_accuracy": rate(0, 0)}  # fmt: skip
    result = finished("not shown: few rows").model_copy(update={"rates": rates, "promoted": False, "round": "r01"})
    assert set(heldout(result)) == {
        "heldout_success",
        "heldout_success/call",
        "clean_accuracy",
        "schema_success/shuffle",
    }
    card = render_prompt(
        "model_card", params=params, result=result, licence="mit", base_model="a/b", heldout=heldout(result)
    )
    assert "# A function-calling model, hardened by sparring (r01, not promoted)" in card
    front = card.split("---")[1]
    assert "base_model: a/b\n" in front
    assert "library_name: transformers" in front
    for heading in ("How to load it", "Figures, of held-out rows alone", "Data", "Limits", "Licence"):
        assert f"## {heading}" in card
    promoted = result.model_copy(update={"promoted": True})
    assert "not promoted" not in render_prompt(
        "model_card", params=params, result=promoted, licence="mit", base_model=None, heldout={}
    )


@pytest.fixture
def played_round(tmp_path, params):
    """A project with r00 as champion and r01 that was not promoted, whose files are what its manifest says."""
    base, paths = tmp_path / "models" / "base", RoundPaths(tmp_path, "r01")
    write_text(base / "config.json", "{}")
    write_text(paths.target_adapter / "adapter_config.json", "{}")
    write_text(paths.file("trials.jsonl"), "")
    outputs = {path.relative_to(tmp_path).as_posix(): hash_tree(path) for path in (
        paths.target_adapter, paths.file("trials.jsonl"))}  # fmt: skip
    result = finished("not shown: few rows").model_copy(
        update={"round": "r01", "after": "r00", "promoted": False, "champion": "r00", "outputs": outputs,
                "inputs": {"models/base": hash_tree(base)}}
    )  # fmt: skip
    write_text(paths.manifest, result.model_dump_json())
    return tmp_path


def test_a_round_that_was_not_promoted_needs_to_be_asked_for(played_round, params):
    assert champion_of(played_round) == "r00"
    with pytest.raises(InputError, match=r"r01: was not promoted \(not shown: few rows\).* takes r00, --not-promoted"):
        export_round(played_round, "r01", played_round / "out", params)
    assert not (played_round / "out").exists()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("models/r01/target/adapter_config.json", "models/r01/target: is not what round r01 had"),
        ("models/base/config.json", "models/base: is not what round r01 had"),
        ("data/rounds/r01/trials.jsonl", "trials.jsonl: is not what round r01 had"),
    ],
)
def test_what_its_hashes_deny_is_not_exported(played_round, params, path, said):
    (played_round / path).write_text("other")
    with pytest.raises(InputError, match=said):
        export_round(played_round, "r01", played_round / "out", params, not_promoted=True)
    assert not (played_round / "out").exists()


def test_what_has_no_hash_or_is_gone_is_not_exported(played_round, params):
    paths = RoundPaths(played_round, "r01")
    kept = paths.manifest.read_text()
    paths.file("trials.jsonl").unlink()
    with pytest.raises(InputError, match=r"trials.jsonl: no such file"):
        export_round(played_round, "r01", played_round / "out", params, not_promoted=True)
    write_text(paths.manifest, kept.replace('"models/base"', '"models/other"'))
    with pytest.raises(InputError, match="holds no hash of models/base"):
        export_round(played_round, "r01", played_round / "out", params, not_promoted=True)


def test_a_checkpoint_whose_template_writes_another_prompt_is_refused(tmp_path, params, weather_seed):
    made = tokenizer()
    for name in ("base", "same", "other"):
        if name == "other":
            made.chat_template = made.chat_template.replace("<|im_end|>", "<|im_end|>\n")
        made.save_pretrained(tmp_path / name)
    check_prompt(tmp_path / "base", tmp_path / "same", [weather_seed], params)
    with pytest.raises(InputError, match="writes another prompt than it was trained on"):
        check_prompt(tmp_path / "base", tmp_path / "other", [weather_seed], params)
