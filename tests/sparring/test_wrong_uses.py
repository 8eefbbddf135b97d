"""What people got wrong in their first hours, each told in one line and in seconds: nothing is taken without a word."""

import errno
import io
import json
import os
import shutil
import socket
import sys
from pathlib import Path

import pytest

from flows import guarded_server, serve
from flows.machine_faults import ends_clearly
from sparring import cli
from sparring.dialects import DIALECTS, fault_of_row
from sparring.errors import HeldError, InputError, UnreachableError
from sparring.gold import gold_calls
from sparring.project import prepare as preparing
from sparring.project.prepare import prepare
from sparring.project.sizes import PROCESSES_A_CORE, lacking_rows, refuse_sizes
from sparring.project.splits import leaks, split_rows
from sparring.project.ties import ties_of
from sparring.sources.jsonl import read_jsonl_rows, validate_jsonl
from sparring.storage import write_jsonl, write_text
from sparring.targets.chat_wire import ChatWire
from tasks.rounds import open_round
from tasks.tracking import connect
from tests.conftest import ROOT
from tests.ports import free_port
from tests.sparring.report.conftest import make_two_rounds, write_rounds
from tests.sparring.test_visible_text import finished

STRING = {"type": "string"}


def row(id="r1", schema=STRING, value="Paris", messages=None, gold=None, name="find"):
    parameters = {"type": "object", "properties": {"q": schema}, "required": ["q"]}
    call = {"name": name, "arguments": {"q": value}}
    return {
        "id": id,
        "tools": [{"type": "function", "function": {"name": name, "description": "Finds.", "parameters": parameters}}],
        "messages": messages or [{"role": "user", "content": f"Find {value} in list {id}"}],
        "gold": [call] if gold is None else gold,
    }


def file_of(folder, *rows):
    path = folder / "own.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
    return path


@pytest.fixture
def recipe(params, monkeypatch, tmp_path):
    """Own rows, and no models to fetch."""
    monkeypatch.setattr(preparing, "prepare_model", lambda name, folder, raw: None)

    def made(**data):
        changed = {"source": "jsonl", "path": str(tmp_path / "own.jsonl"), "tool_removed": 0, "practice_categories": []}
        return params.model_copy(update={"data": params.data.model_copy(update=changed | data)})

    return made


NULLABLE = [
    {"type": ["string", "null"]},
    {"type": ["null", "string", "null"]},
    {"type": "string", "nullable": True},
    {"anyOf": [{"type": ["string", "null"]}, {"type": "null"}]},
    {"type": ["array", "null"], "items": {"type": ["string", "null"]}},
]


@pytest.mark.parametrize("schema", NULLABLE, ids=[json.dumps(schema) for schema in NULLABLE])
@pytest.mark.parametrize("split", ["tool", "query"])
def test_a_nullable_type_goes_all_the_way(schema, split, tmp_path):
    value = ["Paris"] if "items" in schema else "Paris"
    rows = [row("a", schema, value), row("b", schema, None) if "items" not in schema else row("b", schema, [None])]
    path = file_of(tmp_path, *rows)
    found = read_jsonl_rows(path)
    assert found.rejected == {}
    for example in found.examples:
        for dialect in DIALECTS.values():
            assert fault_of_row(example, dialect) is None
            assert dialect.parse(dialect.render(gold_calls(example)))
            json.dumps(ChatWire(dialect, "m", 64).row(example, 0, 0.0, 0).body)
    ties = ties_of(found.examples, split)
    assert leaks(split_rows(found.examples, ties, 0.5, 0.2, [], [], 17), ties) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (row(value=5), "gold.0.arguments.q: 5 is not of type 'string'"),
        (row(schema={"type": "integer"}, value="5"), "gold.0.arguments.q: '5' is not of type 'integer'"),
        (row(schema={"type": "string", "enum": ["a", "b"]}, value="c"), "gold.0.arguments.q: 'c' is not one of"),
        (row(schema={"type": "array", "items": {"enum": [1, 2]}}, value=[1, 3]), "gold.0.arguments.q: "),
        (row(messages=[{"role": "system", "content": "You help."}]), "messages: none is the user's"),
        (row(messages=[{"role": "assistant", "content": "Hello."}]), "messages.0.role: 'assistant' asks nothing"),
    ],
)
def test_a_gold_that_its_schema_refuses_and_a_row_without_a_user_are_named(wrong, said, tmp_path):
    (line,) = validate_jsonl(file_of(tmp_path, wrong))
    assert said in line


def test_no_rows_are_told_by_whoever_reads_them(tmp_path, recipe, monkeypatch, capsys):
    path = file_of(tmp_path)
    with pytest.raises(InputError, match=r"own\.jsonl: no row can be used"):
        prepare(recipe(), tmp_path)
    for command in (
        ["validate", str(path)],
        ["audit", "n", "--base-url", "http://127.0.0.1:9/v1", "--model", "m", "--seeds", str(path)],
    ):
        assert "own.jsonl: no row" in told(command, monkeypatch, capsys, tmp_path)


def test_rows_that_are_all_left_out_are_named_with_the_reason(tmp_path, recipe, capsys):
    file_of(tmp_path, *(row(f"r{number}") for number in range(37)))
    with pytest.raises(
        InputError,
        match=r"no row can be used: 37 are left out; r0: its tools take \d+ characters, data\.max_prompt_chars is 20",
    ):
        prepare(recipe(max_prompt_chars=20), tmp_path)
    assert "37 unfit rows left out; r0: its tools take" in capsys.readouterr().err
    assert not (tmp_path / "data" / "splits").exists()


def test_prepare_says_what_went_where_and_refuses_an_empty_split(tmp_path, recipe, capsys):
    rows = [row(f"r{number}", value=word) for number, word in enumerate("oak elm ash fir yew box bay fig".split())]
    rows += [row("n", gold=[], messages=[{"role": "user", "content": "Who wrote it?"}])]
    rows += [row("long", {"type": "string", "description": "x" * 9000})]
    file_of(tmp_path, *rows)
    with pytest.raises(InputError, match=r"the split \w+ has no row with a call .* set data\.split: query"):
        prepare(recipe(), tmp_path)
    assert not (tmp_path / "data" / "splits").exists()
    several = [
        row(f"s{number}", value=word, messages=[{"role": "user", "content": text.format(word)}])
        for number, (word, text) in enumerate(zip("oak elm ash fir yew box bay fig".split(), TEXTS, strict=True))
    ]
    file_of(tmp_path, *several, rows[-2], rows[-1])
    prepare(recipe(split="query"), tmp_path)
    said = capsys.readouterr().err
    assert "1 unfit rows left out; long: its tools take" in said
    assert "9 examples (1 left out, data/examples_rejected.json), split by query: train " in said
    assert "(1 want no call)" in said


TEXTS = (
    "Where does the {} grow?", "I need all about {} wood, please", "Is {} poisonous to horses?", "Show pictures: {}",
    "How old can a tree like {} become in a garden", "Our neighbour planted {} last autumn; look it up",
    "{}: height and leaves", "What do beetles think of {}?",
)  # fmt: skip


@pytest.mark.parametrize(
    ("round", "after", "said"),
    [
        ("r1", "r00", "'r1' is no round's name"),
        ("r07", "r00", "round r07 is none of params.yaml's (rounds: r01)"),
        ("r01", "r02", "--after r02: in params.yaml round r01 follows r00"),
    ],
)
def test_a_round_that_dvc_does_not_know_is_not_played(round, after, said, tmp_path):
    shutil.copy2(ROOT / "params.yaml", tmp_path)
    for name in ("r00", after):
        write_text(tmp_path / "data" / "rounds" / name / "round.json", finished("baseline").model_dump_json())
    with pytest.raises(InputError) as refused:
        open_round(tmp_path, round, after)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("section", "values", "key"),
    [
        ("training", {"processes": 64}, "training.processes: 64"),
        ("workers", {"engine": "process", "count": 64}, "workers.count: 64"),
    ],
)
def test_more_processes_than_the_machine_can_run_are_refused_where_the_recipe_is_read(
    section, values, key, params, monkeypatch
):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    asked = getattr(params, section).model_copy(update=values)
    with pytest.raises(InputError, match=f"{key} processes; this machine runs at most {2 * PROCESSES_A_CORE}"):
        refuse_sizes(params.model_copy(update={section: asked}))
    refuse_sizes(params)
    elsewhere = {"training": {"launch_config": "cluster.yaml"}, "workers": {"engine": "ray"}}[section]
    refuse_sizes(params.model_copy(update={section: asked.model_copy(update=elsewhere)}))


def test_more_rows_than_there_are_is_said(params, tmp_path, make_weather):
    wanted = params.evaluation.model_copy(update={"clean_examples": 100_000, "no_call_examples": 0})
    recipe = params.model_copy(update={"evaluation": wanted})
    assert list(lacking_rows(recipe, tmp_path)) == []  # nothing is prepared yet
    write_jsonl(tmp_path / "data" / "splits" / "proof.jsonl", [make_weather("w1"), make_weather("w2", "Rome")])
    (line,) = lacking_rows(recipe, tmp_path)
    assert line.startswith("evaluation.clean_examples: 100000 rows are asked for, proof has 2")


def told(command, monkeypatch, capsys, folder):
    """The line that a command ended with, by exit code 2."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["sparring", *command])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err
    assert ended.value.code == 2, said
    assert "Traceback" not in said
    return said.splitlines()[-1]


@pytest.fixture
def full(monkeypatch):
    """Below a folder nothing more can be written."""
    opened = io.open

    def fill(folder: Path):
        def opens(file, mode="r", *others, **named):
            inside = not isinstance(file, int) and Path(os.fsdecode(file)).absolute().is_relative_to(folder)
            if inside and set(mode) & set("wax+"):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file))
            return opened(file, mode, *others, **named)

        monkeypatch.setattr(io, "open", opens)
        monkeypatch.setattr("builtins.open", opens)

    return fill


@pytest.mark.parametrize(
    "command", [["report"], ["report", "--out", "elsewhere/report"], ["export", "audit", "elsewhere/out"]], ids=" ".join
)
def test_a_full_disk_is_named_by_report_and_export(command, tmp_path, weather_seed, full, monkeypatch, capsys):
    rounds = make_two_rounds()
    if command[0] == "export":
        audited = rounds[0].result.model_copy(update={"round": "audit", "champion": "audit"})
        rounds = [rounds[0].__class__(audited, *([[]] * 3), rounds[0].untouched)]
        write_jsonl(tmp_path / "data" / "rounds" / "audit" / "trials.jsonl", [])
    write_rounds(tmp_path, rounds, [weather_seed])
    shutil.copy2(ROOT / "params.yaml", tmp_path)
    full(tmp_path)
    line = told(command, monkeypatch, capsys, tmp_path)
    assert line.startswith("error: ")
    assert "the disk is full" in line or os.strerror(errno.ENOSPC) in line


def test_a_busy_port_is_said_before_anything_is_made_that_would_serve_there(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(guarded_server.KEY_VARIABLE, "k")
    with socket.socket() as other:
        other.bind((guarded_server.LOOPBACK, 0))
        other.listen()
        port = other.getsockname()[1]
        for name in ("prefect", "mlflow"):
            monkeypatch.setattr(sys, "argv", ["flows.guarded_server", name, "--port", str(port)])
            with pytest.raises(SystemExit) as ended:
                guarded_server.main()
            assert ended.value.code == 2
            assert f"port {port} is taken" in capsys.readouterr().err
        for ports in ((port, 0), (0, port)):
            with pytest.raises(HeldError, match=f"port {port} is taken"):
                serve.Servers(tmp_path, *ports).start()
    assert not (tmp_path / ".servers").exists()


@pytest.fixture
def nobody():
    """An address where nobody answers."""
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture
def silent():
    """An address that takes a call and says nothing."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        yield f"http://127.0.0.1:{deaf.getsockname()[1]}"


@pytest.mark.timeout(60)  # what was found took 282 seconds
@pytest.mark.parametrize("where", ["nobody", "silent"])
def test_a_dead_mlflow_and_a_dead_prefect_are_said_in_seconds(where, request, tmp_path, monkeypatch, capsys):
    address = request.getfixturevalue(where)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    with pytest.raises(UnreachableError, match=rf"MLflow's store \({address}/health\): "):
        connect(tmp_path)
    monkeypatch.setenv("PREFECT_API_URL", f"{address}/api")
    with pytest.raises(SystemExit) as ended, ends_clearly(tmp_path):
        raise AssertionError("nothing begins")
    assert ended.value.code == 2
    assert f"Prefect's server ({address}/api/health): " in capsys.readouterr().err
