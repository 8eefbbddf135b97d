"""Servers that show their prompts, as vLLM and llama.cpp do, beside what an exported model was trained on."""

import json
from contextlib import contextmanager

import pytest
from typer.testing import CliRunner

from sparring import cli
from sparring.dialects import DIALECTS
from sparring.errors import InputError
from sparring.project.export import keep_prompts
from sparring.records import Example
from sparring.targets.exported_model import exported_by
from sparring.targets.served_prompt import served_prompt
from sparring.targets.trained_prompts import FILE, MAX_ROWS, read_trained
from tests.chat_server import settings
from tests.tiny import TEMPLATE, tokenizer

WITH_TOOLS = "{% if tools %}{{ '<|im_start|>system\n' + (tools | tojson) + '<|im_end|>\n' }}{% endif %}" + TEMPLATE
HERMES = DIALECTS["hermes"]


@pytest.fixture(scope="module")
def served():
    """The tokenizer of a model whose template shows tools."""
    made = tokenizer()
    made.chat_template = WITH_TOOLS
    return made


@pytest.fixture
def trained_as(tmp_path, served, params, make_weather):
    """Exports the prompts of seeds of two categories, as trained in a dialect; gives the folder."""

    def export(dialect, name="get_weather"):
        served.save_pretrained(tmp_path / "base")
        chosen = params.model_copy(update={"target": params.target.model_copy(update={"dialect": dialect})})
        seeds = [make_weather(f"w{number}", f"Town{number}") for number in range(8)]
        tool = seeds[0].tools[0].model_copy(update={"name": name})
        none = {"id": "n", "category": "irrelevance", "gold": []}
        seeds = [seed.model_copy(update={"tools": [tool]}) for seed in (*seeds, seeds[0].model_copy(update=none))]
        keep_prompts(tmp_path / "base", tmp_path / "checkpoint", seeds, chosen)
        return tmp_path / "checkpoint"

    return export


def conversation(shown, body):
    return shown.apply_chat_template(
        body["messages"], tools=body.get("tools"), add_generation_prompt=True, tokenize=False
    )


def numbers(shown, text):
    return list(shown(text, add_special_tokens=False)["input_ids"])


def vllm(shown, with_text=True):
    """Its /tokenize takes a conversation, and tells how many tokens there are."""

    def tokenize(body):
        assert body["add_generation_prompt"] is True
        tokens = numbers(shown, conversation(shown, body))
        return {"count": len(tokens), "max_model_len": 4096, "tokens": tokens, "token_strs": None}

    ways = {"/tokenize": tokenize}
    return ways | ({"/detokenize": lambda body: {"prompt": shown.decode(body["tokens"])}} if with_text else {})


def llama_cpp(shown, bos=()):
    """Its /tokenize takes a text, and none is none."""
    return {
        "/apply-template": lambda body: {"prompt": conversation(shown, body)},
        "/tokenize": lambda body: {"tokens": [*bos, *numbers(shown, body["content"])] if "content" in body else []},
    }


def other(shown):
    made = tokenizer()
    made.chat_template = shown.chat_template.replace("<|im_end|>\n", "<|im_end|>")
    return made


@pytest.fixture
def compared(start_server):
    def compare(ways, exported, dialect=HERMES, **changed):
        server = start_server()
        server.ways = ways
        return served_prompt(settings(server.url, **changed), dialect, exported)

    return compare


def test_rows_of_every_category_are_kept_with_text_and_tokens(trained_as, served):
    kept = read_trained(trained_as("hermes"))
    assert kept.dialect == "hermes"
    assert len(kept.rows) == MAX_ROWS
    assert {row.example.category for row in kept.rows} >= {"irrelevance"}
    for row in kept.rows:
        assert served.decode(row.tokens) == row.text
        assert row.example.tools[0].name in row.text


@pytest.mark.parametrize("kind", [vllm, llama_cpp])
def test_a_server_that_shows_the_same_is_equal_token_by_token(compared, trained_as, served, kind):
    found = compared(kind(served), trained_as("hermes"))
    assert found.state == "equal"
    assert f"shows {MAX_ROWS} prompts" in found.text
    assert "token by token" in found.text


def test_a_server_that_tells_its_text_alone_is_compared_letter_by_letter(compared, trained_as, served):
    ways = llama_cpp(served)
    del ways["/tokenize"]
    assert "letter by letter" in compared(ways, trained_as("hermes")).text


@pytest.mark.parametrize("ways", [lambda shown: vllm(other(shown)), lambda shown: llama_cpp(other(shown))])
def test_another_template_is_named_with_the_place_and_both_sides(compared, trained_as, served, ways):
    found = compared(ways(served), trained_as("hermes"))
    assert found.state == "different"
    assert "another prompt than the exported model was trained on" in found.text
    assert "the training had '\\n<|im_start|>" in found.text


def test_where_a_server_tells_tokens_alone_the_place_is_a_token(compared, trained_as, served):
    found = compared(vllm(other(served), with_text=False), trained_as("hermes"))
    assert found.state == "different"
    assert "from token" in found.text


def test_a_mark_that_is_added_before_an_equal_text_is_another_prompt(compared, trained_as, served):
    found = compared(llama_cpp(served, bos=[2]), trained_as("hermes"))
    assert found.state == "different"
    assert "from token 0 on" in found.text


@pytest.mark.parametrize(
    ("trained", "asked", "changed", "name"),
    [
        ("pythonic", "hermes", {}, "get_weather"),
        ("hermes", "hermes", {"strict": True}, "get_weather"),
        ("hermes", "hermes", {}, "weather.now"),
    ],
)
def test_a_request_that_was_not_trained_is_another_prompt_too(
    compared, trained_as, served, trained, asked, changed, name
):
    """Another dialect, strict schemas, and names that chat APIs refuse change what the model reads."""
    assert compared(vllm(served), trained_as(trained, name), DIALECTS[asked], **changed).state == "different"


@pytest.mark.parametrize(
    "ways",
    [
        {},
        {"/tokenize": lambda body: {"tokens": []}},
        {"/tokenize": lambda body: {"tokens": [1, 2]}},
        {"/tokenize": lambda body: {"count": 2, "tokens": ["a", "b"]}},
        {"/apply-template": lambda body: {"prompt": None}},
        {"/apply-template": lambda body: ["no", "object"]},
    ],
)
def test_a_server_that_shows_no_prompt_is_not_compared(compared, trained_as, ways):
    found = compared(ways, trained_as("hermes"))
    assert found.state == "not compared"
    assert "/apply-template (llama.cpp)" in found.text


def test_a_server_that_is_gone_is_not_compared(trained_as):
    found = served_prompt(settings("http://127.0.0.1:9/v1"), HERMES, trained_as("hermes"))
    assert found.state == "not compared"
    assert "ConnectError" in found.text


def test_a_folder_without_prompts_is_an_error(tmp_path):
    with pytest.raises(InputError, match=FILE):
        read_trained(tmp_path)


@contextmanager
def serving(start_server, ways):
    server = start_server()
    server.ways = ways
    yield ["--base-url", server.url, "--model", "tiny"]


@pytest.mark.parametrize(
    ("ways", "code", "said"),
    [(vllm, 0, "ok    served prompt"), (lambda shown: vllm(other(shown)), 1, "fail  served prompt"),
     (lambda shown: {}, 0, "warn  served prompt")],
)  # fmt: skip
def test_the_doctor_says_it_before_any_audit(start_server, trained_as, served, ways, code, said):
    folder = trained_as("hermes")
    with serving(start_server, ways(served)) as where:
        done = CliRunner().invoke(cli.app, ["doctor", "--exported", str(folder.parent), *where])
    assert done.exit_code == code, done.output
    assert said in done.output


def test_the_kept_file_is_small_and_readable(trained_as):
    kept = json.loads((trained_as("hermes") / FILE).read_text())
    assert Example.model_validate(kept["rows"][0]["example"]).query


@pytest.mark.parametrize(("listed", "found"), [("tiny", True), ("other", False)])
def test_a_server_on_this_machine_that_names_the_models_folder_needs_no_option(start_server, trained_as, listed, found):
    folder, server = trained_as("hermes"), start_server()
    server.folders = {listed: str(folder)}
    assert exported_by(settings(server.url)) == (folder if found else None)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1", "http://192.0.2.1/v1"])
def test_a_server_that_is_gone_or_elsewhere_names_no_folder(url):
    assert exported_by(settings(url)) is None


def test_a_folder_that_keeps_no_prompts_is_none(start_server, tmp_path):
    server = start_server()
    server.folders = {"tiny": str(tmp_path)}
    assert exported_by(settings(server.url)) is None
