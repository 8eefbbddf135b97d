"""`sparring audit` for who only audits: no torch, no Prefect, no project; an endpoint asked as its own users ask it."""

import json
import subprocess
import sys
import threading
import tomllib
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from sparring import cli
from sparring.records import RoundResult
from sparring.seeds.rows import read_rows
from sparring.sources.jsonl import load_jsonl
from sparring.targets.trained_prompts import FILE, TrainedPrompt, TrainedPrompts
from tests.chat_server import ChatServer
from tests.conftest import ROOT

EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
CITIES = "Paris London Rome Berlin Madrid Lisbon Vienna Prague Dublin Oslo Athens Warsaw Cairo Tokyo Delhi Lima".split()
TOOLS = ROOT / "tests" / "data" / "own_tools" / "functions.tools.json"
SYSTEM = "You are the weather desk of a radio station. Answer in one line."
# What an installation with the extra `audit` alone does not have.
LACKING = ("torch transformers peft trl datasets accelerate safetensors huggingface_hub prefect mlflow dvc matplotlib statsmodels "
           "pandas psutil packaging sqlalchemy alembic starlette uvicorn cloudpickle").split()  # fmt: skip
WITHOUT = f"""
import sys


class Nowhere:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {LACKING!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)


sys.meta_path.insert(0, Nowhere())
from sparring.cli import main
sys.argv = ["sparring", *sys.argv[1:]]
main()
"""
LOADED = """
import sys
from sparring.cli import main
sys.argv = ["sparring", *sys.argv[1:]]
try:
    main()
except SystemExit as ended:
    print(sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
    sys.exit(ended.code)
"""


def rows():
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    tool = {"type": "function", "function": {"name": "weather.now", "description": "Weather.", "parameters": schema}}
    for number, city in enumerate(CITIES):
        asked = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": f"What is the weather in {city}?"}]
        gold = [{"name": "weather.now", "arguments": {"city": city}}]
        yield {"id": f"call{number}", "tools": [tool], "messages": asked, "gold": gold}
        talk = [asked[0], {"role": "user", "content": f"Who wrote the most famous novel of {city}?"}]
        yield {"id": f"none{number}", "tools": [tool], "messages": talk, "gold": []}


@pytest.fixture
def seeds(tmp_path):
    path = tmp_path / "own.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows()))
    return path


@pytest.fixture
def server():
    """A model of its own API: it answers with `tool_calls`, and says the wrong city where it is spoken to oddly."""
    known = {row["messages"][1]["content"]: row["gold"] for row in rows()}

    def message(question, body):
        if "novel" in question:
            return {"content": "I only know the weather."}
        city = next((city for city in CITIES if city.lower() in question.lower()), "nowhere")
        said = city if question in known or made.right else "nowhere"
        call = {"name": body["tools"][0]["function"]["name"], "arguments": json.dumps({"city": said})}
        return {"content": None, "tool_calls": [{"id": "c", "type": "function", "function": call}]}

    made = ChatServer(lambda question, number, attempt: None, message)
    made.right = False
    threading.Thread(target=made.serve_forever, args=(0.02,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def run(folder, script, *arguments):
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT)}
    )


def test_an_endpoint_is_audited_outside_a_project_with_nothing_but_the_extra(tmp_path, seeds, server):
    where = ("audit", "mine", "--base-url", server.url, "--model", "m", "--seeds", str(seeds), "--concurrency", "2")
    done = run(tmp_path, WITHOUT, *where, "--fail-above", "0.1")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "failed: attack success" in done.stdout
    folder = tmp_path / "audits" / "mine"
    found = RoundResult.model_validate_json((folder / "data" / "rounds" / "audit" / "round.json").read_text())
    assert found.rates["clean_accuracy"].value == found.rates["no_call_accuracy"].value == 1.0
    assert found.rates["heldout_success/call"].low > 0.1
    assert ElementTree.parse(folder / "junit.xml").getroot().get("failures") == "1"
    assert (folder / "summary.md").read_text().startswith("# Audit")
    assert "torch" in found.versions or "sparring" in found.versions
    asked = server.bodies
    untouched = [body["tools"][0]["function"]["name"] for body in asked[: 2 * len(CITIES)]]
    assert set(untouched) == {"weather_now"}
    assert all(body["messages"][0] == {"role": "system", "content": SYSTEM} for body in asked)


def knowing_its_seeds(folder, name):
    """A model that calls rightly whatever a seed of the audit asks for, and says nothing else."""

    def message(question, body):
        rows = read_rows(folder / "audits" / name / "seeds.jsonl")
        known = next((row for row in rows if row["messages"][0]["content"] == question and row["gold"]), None)
        if known is None:
            return {"content": "Nothing fits."}
        (call,) = known["gold"]
        function = {"name": call["name"], "arguments": json.dumps(call["arguments"])}
        return {"content": None, "tool_calls": [{"id": "c", "type": "function", "function": function}]}

    return message


def test_own_tools_are_audited_outside_a_project_without_torch(tmp_path, server):
    pytest.importorskip("faker")
    server.message = knowing_its_seeds(tmp_path, "own")
    where = ("audit", "own", "--base-url", server.url, "--model", "m", "--tools", str(TOOLS), "--num-seeds", "12")
    done = run(tmp_path, WITHOUT, *where, "--attacks-per-seed", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    folder = tmp_path / "audits" / "own"
    found = RoundResult.model_validate_json((folder / "data" / "rounds" / "audit" / "round.json").read_text())
    assert found.rates["clean_accuracy"].value == 1.0
    assert found.rates["clean_accuracy"].total == 12
    assert "Nobody has read the seeds" in done.stdout
    assert "tools from" in (folder / "summary.md").read_text()
    asked = len(server.bodies)
    again = run(tmp_path, WITHOUT, *where, "--attacks-per-seed", "1")
    assert again.returncode == 0
    assert len(server.bodies) == asked


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--base-url", "http://127.0.0.1:9/v1", "--model", "m", "--attacker", "r01"], "--attacker r01 is one"),
        (["--checkpoint", "nowhere"], "--checkpoint asks a model"),
    ],
)
def test_where_a_model_of_this_machine_is_needed_a_sentence_says_so(tmp_path, options, said):
    done = run(tmp_path, WITHOUT, "audit", "own", "--tools", str(TOOLS), *options)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert said in line
    assert "pip install 'sparring[train]'" in line
    assert not (tmp_path / "audits").exists()


def test_a_forced_call_leaves_out_the_rows_that_want_none_and_what_was_refused_is_told(tmp_path, seeds, server):
    server.refuse = lambda body: (
        {"error": {"message": "Unknown parameter: 'parallel_tool_calls'."}} if ("parallel_tool_calls" in body) else None
    )
    where = ("audit", "forced", "--base-url", server.url, "--model", "m", "--seeds", str(seeds), "--concurrency", "1")
    options = ("--tool-choice", "required", "--no-parallel-calls", "--strict", "--attacks-per-seed", "1")
    done = run(tmp_path, WITHOUT, *where, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {body["tool_choice"] for body in server.bodies} == {"required"}
    assert sum("parallel_tool_calls" in body for body in server.bodies) <= 3  # each of the three steps finds it out
    assert all(tool["function"]["strict"] for body in server.bodies for tool in body["tools"])
    assert not any("novel" in body["messages"][-1]["content"] for body in server.bodies)
    summary = (tmp_path / "audits" / "forced" / "summary.md").read_text()
    for told in (done.stdout, summary):
        words = " ".join(told.replace("\\", "").split())
        assert "Asked with --tool-choice required, in strict mode, with one call in one answer." in words
        assert f"nothing answers them rightly so: {len(CITIES)} rows" in words
        assert "takes no parallel" in words
    other = run(tmp_path, WITHOUT, *where, "--tool-choice", "auto")
    assert other.returncode == 2
    assert "with other settings (tool_use)" in other.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--strict", "--dialect", "pythonic"], "pythonic shows tools in the messages"),
        (["--tool-choice", "none"], "--tool-choice none"),
        (["--tool-choice", "no_such_tool"], "no seed wants a call"),
        (["--exported", "nowhere"], "trained_prompts.json"),
    ],
)
def test_a_way_to_ask_that_makes_no_audit_is_one_line(tmp_path, seeds, server, options, said):
    where = ("audit", "odd", "--base-url", server.url, "--model", "m", "--seeds", str(seeds))
    done = run(tmp_path, WITHOUT, *where, *options)
    assert done.returncode == 2
    assert said in done.stderr.splitlines()[-1]
    assert server.bodies == []


def test_a_server_that_shows_another_prompt_than_was_trained_is_named_before_any_figure(tmp_path, seeds, server):
    (example,) = load_jsonl(seeds)[:1]
    kept = TrainedPrompts(dialect="hermes", rows=[TrainedPrompt(example=example, text="as trained", tokens=[1, 2])])
    (tmp_path / "out" / "checkpoint").mkdir(parents=True)
    (tmp_path / "out" / "checkpoint" / FILE).write_text(kept.model_dump_json())
    server.ways = {"/tokenize": lambda body: {"count": 2, "tokens": [1, 3]}}
    where = ("audit", "served", "--base-url", server.url, "--model", "m", "--seeds", str(seeds), "--exported", "out")
    done = run(tmp_path, WITHOUT, *where, "--attacks-per-seed", "1")
    assert done.returncode == 0, done.stderr
    said = "The server shows another prompt than the exported model was trained on"
    assert done.stdout.startswith(f"caution: {said}")
    assert said in done.stderr, "it is said before anything is answered"
    summary = (tmp_path / "audits" / "served" / "summary.md").read_text()
    assert summary.index("**Caution**") < summary.index("| share |")
    doctor = run(tmp_path, WITHOUT, "doctor", "--exported", "out", "--base-url", server.url, "--model", "m")
    assert doctor.returncode == 1, doctor.stderr
    assert doctor.stdout.startswith(f"fail  served prompt: {said}")


def test_a_model_that_is_prompted_in_text_is_named_by_its_dialect(tmp_path, seeds, server):
    server.message = lambda question, body: {"content": "[]"}
    where = (
        "audit",
        "text",
        "--base-url",
        server.url,
        "--model",
        "m",
        "--seeds",
        str(seeds),
        "--dialect",
        "plain_json",
    )
    done = run(tmp_path, WITHOUT, *where)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith("is plain_json its dialect?")
    assert all("tools" not in body and "weather.now" in body["messages"][0]["content"] for body in server.bodies)


def test_a_model_that_is_never_right_by_its_apis_tools_is_asked_for_its_dialect(tmp_path, seeds, server):
    server.message = lambda question, body: {"content": "I cannot do that."}
    done = run(tmp_path, WITHOUT, "audit", "api", "--base-url", server.url, "--model", "m", "--seeds", str(seeds))
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith("a model that is prompted in text wants --dialect")
    assert all(body["tools"] for body in server.bodies)


def test_too_little_to_say_has_an_exit_code_of_its_own(tmp_path, seeds, server):
    server.right = True
    where = ("audit", "few", "--base-url", server.url, "--model", "m", "--seeds", str(seeds))
    done = run(tmp_path, WITHOUT, *where, "--num-seeds", "2", "--attacks-per-seed", "1", "--fail-above", "0.2")
    assert done.returncode == 4, done.stdout + done.stderr
    suite = ElementTree.parse(tmp_path / "audits" / "few" / "junit.xml").getroot()
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "1")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--base-url", "http://127.0.0.1:9/v1"], "--model"),
        ([], "--base-url"),
        (["--base-url", "http://127.0.0.1:9/v1", "--model", "m"], "--seeds FILE"),
        (["--base-url", "http://127.0.0.1:9/v1", "--model", "m", "--seeds", "OWN", "--dialect", "klingon"], "pythonic"),
        (
            ["--base-url", "http://127.0.0.1:9/v1", "--model", "m", "--seeds", "OWN", "--without", "shouting"],
            "shouting",
        ),
        (["--base-url", "http://127.0.0.1:9/v1", "--model", "m", "--seeds", "OWN", "--attacker", "r1"], "r01"),
        (["--checkpoint", "nowhere", "--seeds", "OWN"], "params.yaml"),
    ],
)
def test_wrong_input_is_one_line_and_makes_nothing(options, said, tmp_path, seeds, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    given = [str(seeds) if option == "OWN" else option for option in options]
    monkeypatch.setattr(sys, "argv", ["sparring", "audit", "wrong", *given])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    (line,) = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2
    assert said in line
    assert not (tmp_path / "audits").exists()


@pytest.mark.parametrize("arguments", [["--help"], ["audit", "--help"], ["report", "--help"], ["export", "--help"]])
def test_help_loads_none_of_the_libraries_that_take_seconds(arguments, tmp_path):
    done = run(tmp_path, LOADED, *arguments)
    assert done.returncode == 0, done.stderr
    loaded = set(json.loads(done.stderr.splitlines()[-1].replace("'", '"')))
    assert loaded & {*LACKING, "numpy", "scipy", "jsonschema", "httpx", "tests", "tasks", "flows"} == set()


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_the_list_of_commands_says_of_each_what_its_own_help_says(name):
    listed = CliRunner().invoke(cli.app, ["--help"]).output
    own = CliRunner().invoke(cli.app, [name, "--help"])
    assert own.exit_code == 0
    words = " ".join(own.output.split())
    assert name in listed
    assert " ".join(cli.COMMANDS[name].split())[:60] in words


def test_every_command_has_a_file_and_a_line():
    files = {path.stem for path in (ROOT / "sparring" / "commands").glob("*.py")} - {"__init__"}
    assert files == set(cli.COMMANDS)


def test_a_command_whose_library_is_not_installed_says_which_and_what_brings_it(tmp_path):
    done = run(tmp_path, WITHOUT, "doctor")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [done.stderr.strip()]
    assert done.stderr.startswith("error: psutil is not installed here: pip install 'sparring[")


@pytest.mark.parametrize(
    ("module", "extra"),
    [("matplotlib.axes", "report"), ("torch", "train"), ("httpx", "audit"), ("prefect", "pipeline")],
)
def test_what_is_missing_comes_with_the_extra_that_declares_it(module, extra, monkeypatch):
    lines = [f"{line}; extra == '{name}'" for name in ("audit", "report", "train", "pipeline") for line in EXTRAS[name]]
    monkeypatch.setattr(cli, "requires", lambda package: lines)
    said = cli.missing_package(ModuleNotFoundError(f"No module named {module!r}", name=module), ROOT)
    assert said == f"{module.partition('.')[0]} is not installed here: pip install 'sparring[{extra}]' brings it"
    assert cli.missing_package(ModuleNotFoundError("", name="sparring.nothing"), ROOT) is None
    assert cli.missing_package(ValueError(module), ROOT) is None


def test_the_extra_of_an_audit_brings_none_of_the_large_libraries():
    base = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    names = {line.split(">")[0].split("<")[0].split("[")[0] for line in [*base, *EXTRAS["audit"]]}
    assert not names & {*LACKING, "sparring"}
