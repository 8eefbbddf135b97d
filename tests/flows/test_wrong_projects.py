"""A whole project with one thing wrong: every flow and command that meets it ends with one line that names it."""

import builtins
import errno
import importlib
import io
import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from flows.machine_faults import ends_clearly
from sparring import cli
from tasks import tracking
from tests.conftest import ROOT
from tests.sparring.test_visible_text import finished

ENDPOINT = ["--base-url", "http://127.0.0.1:9/v1", "--model", "m"]
OWN_ROWS = ["--rows", str(ROOT / "examples" / "seeds.jsonl")]
FLOWS = {
    "adversarial_round": ["r01", "--after", "r00"],
    "arms": [],
    "audit": ["night", *ENDPOINT, "--attacker", "r00"],  # by rules an endpoint needs no round
    "baseline": [],
    "hardening": [],
    "cross_play": [],
    "pull": [],
    "suite": ["night", *ENDPOINT],
    "training": [],
}
COMMANDS = {"compare": ["r00", "r00"], "export": ["r00", "out"], "gates": [], "report": []}
BROKEN = {
    "cut short": b'{"round": "r0',
    "a field missing": b'{"round": "r00"}',
    "no UTF-8": b"\xff\xfe",
    "another round's": finished("won").model_copy(update={"round": "r01"}).model_dump_json().encode(),
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project whose baseline has a manifest, and nothing that it would be played with."""
    made = tmp_path / "project"
    (made / "data" / "rounds" / "r00").mkdir(parents=True)
    (made / "data" / "rounds" / "r00" / "round.json").write_text(finished("won").model_dump_json())
    for name in ("base", "embedding"):
        (made / "models" / name).mkdir(parents=True)
    (made / ".dvc").mkdir()
    (made / ".dvc" / "config").write_text("[core]\n    no_scm = True\n")
    for name in ("params.yaml", "dvc.yaml"):
        shutil.copy2(ROOT / name, made)
    (made / "profiles").symlink_to(ROOT / "profiles")
    monkeypatch.chdir(made)
    return made


def last_line(name, arguments, capsys, monkeypatch):
    """The line that a flow or a command ended with, by exit code 2."""
    main = cli.main if (ROOT / "sparring" / "commands" / f"{name}.py").exists() else None
    given = arguments if main is None else [name, *arguments]
    monkeypatch.setattr(sys, "argv", ["program", *given])
    with pytest.raises(SystemExit) as caught:
        (main or importlib.import_module(f"flows.{name}").main)()
    said = capsys.readouterr().err
    assert caught.value.code == 2, said
    assert "Traceback" not in said
    assert said.splitlines()[-1].startswith("error: ")
    return said.splitlines()[-1]


@pytest.mark.parametrize("name", FLOWS)
def test_a_broken_manifest_ends_every_flow_with_its_name(name, project, capsys, monkeypatch):
    (project / "data" / "rounds" / "r00" / "round.json").write_bytes(BROKEN["cut short"])
    assert "r00/round.json: " in last_line(name, FLOWS[name], capsys, monkeypatch)


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_broken_manifest_ends_every_command_with_its_name(name, content, project, capsys, monkeypatch):
    (project / "data" / "rounds" / "r00" / "round.json").write_bytes(content)
    assert "r00/round.json: " in last_line(name, COMMANDS[name], capsys, monkeypatch)


def test_doctor_names_a_broken_manifest_among_its_other_findings(project, capsys, monkeypatch):
    (project / "data" / "rounds" / "r00" / "round.json").write_bytes(BROKEN["cut short"])
    monkeypatch.setattr(sys, "argv", ["sparring", "doctor"])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    said = capsys.readouterr().out
    assert caught.value.code == 1
    assert "round.json: " in said
    assert "DVC: " in said


@pytest.mark.parametrize("name", sorted({*FLOWS, "prepare", "gates"} - {"pull"}))  # pull plays nothing
def test_a_dialect_that_there_is_none_of_ends_every_flow_before_it_does_anything(name, project, capsys, monkeypatch):
    recipe = project / "params.yaml"
    recipe.write_text(recipe.read_text().replace("dialect: pythonic", "dialect: pytonic"))
    before = sorted(project.rglob("*"))
    line = last_line(name, FLOWS.get(name, []), capsys, monkeypatch)
    assert "params.yaml: target.dialect: 'pytonic' is no dialect; allowed: pythonic, hermes" in line
    assert [path for path in sorted(project.rglob("*")) if "machine" not in path.name] == before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("source: bfcl ", "source: bfkl ", "data.source: 'bfkl' is unknown; allowed: bfcl, jsonl"),
        (
            "[simple_python, multiple, live",
            "[simple_pyton, multiple, live",
            "data.categories: 'simple_pyton' is unknown",
        ),
        (
            "practice_categories: [parallel,",
            "practice_categories: [para,",
            "data.practice_categories: 'para' is unknown",
        ),
        ("update: sft", "update: stf", "sft.update"),
        ("action: program", "action: programme", "query_model.action"),
    ],
)
def test_what_the_recipe_names_is_known_before_anything_is_fetched(old, new, said, project, capsys, monkeypatch):
    recipe = project / "params.yaml"
    assert old in recipe.read_text()
    recipe.write_text(recipe.read_text().replace(old, new))
    assert said in last_line("prepare", [], capsys, monkeypatch)
    assert not (project / "data" / "raw").exists()


@pytest.fixture(params=[errno.ENOSPC, errno.EROFS], ids=["full", "read-only"])
def unwritable(request, project, monkeypatch):
    """A machine on which nothing in the project can be written; gives what the machine says of it."""
    opened, made = io.open, os.mkdir

    def refuse(path):
        if not isinstance(path, int) and Path(os.fsdecode(path)).absolute().is_relative_to(project):
            raise OSError(request.param, os.strerror(request.param), str(path))

    def opens(file, mode="r", *others, **named):
        if set(mode) & set("wax+"):
            refuse(file)
        return opened(file, mode, *others, **named)

    def makes(path, *others, **named):
        if not os.path.isdir(path):
            refuse(path)
        return made(path, *others, **named)

    monkeypatch.setattr(io, "open", opens)
    monkeypatch.setattr(builtins, "open", opens)
    monkeypatch.setattr(os, "mkdir", makes)
    return os.strerror(request.param)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("baseline", []), ("suite", [*FLOWS["suite"], *OWN_ROWS]), ("profile", ["quickstart"])],
)
def test_a_full_disk_or_a_read_only_folder_is_named(name, arguments, project, unwritable, capsys, monkeypatch):
    shutil.rmtree(project / "data")
    assert unwritable in last_line(name, arguments, capsys, monkeypatch)


def told(root, ask, capsys):
    """What a flow says in which the project's store is asked."""
    with pytest.raises(SystemExit) as caught, ends_clearly(root):
        ask()
    assert caught.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_a_locked_database_is_named_at_the_first_look_and_later(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setattr(tracking, "LOCKED_S", 0)
    path = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("create table runs (a)")
        other.execute("begin exclusive")
        later = create_engine(f"sqlite:///{path}?timeout=0")
        for ask in (lambda: tracking.connect(tmp_path), lambda: later.connect().execute(text("select a from runs"))):
            line = told(tmp_path, ask, capsys)
            assert "database is locked" in line
            assert str(tmp_path) in line


@pytest.mark.timeout(60)  # MLflow alone tries it for two minutes
def test_a_broken_database_is_named_at_once(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    (tmp_path / "mlflow.db").write_bytes(b"no database\n" * 1000)
    assert "not a database" in told(tmp_path, lambda: tracking.connect(tmp_path), capsys)
