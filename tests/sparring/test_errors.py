"""Whatever has a name ends in one line and exit code 2, the same in every command; a fault of ours shows where it is."""

import errno
import os
import sqlite3
import sys

import pytest

from sparring.cli import main
from sparring.config import load_params
from sparring.engine.number_format import campaign_format
from sparring.errors import HeldError, InputError, MachineError, SparringError, UnreachableError
from sparring.machine_faults import OF_THE_MACHINE
from sparring.manifests import read_manifest
from sparring.project.export import export_round
from sparring.report import write_report
from sparring.sources.hub_faults import hub_fault
from sparring.storage import RoundPaths
from sparring.studies.compare import compare_rounds
from sparring.terminal import clear_errors


def told(error, capsys, root):
    with pytest.raises(SystemExit) as ended, clear_errors(root):
        raise error
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


@pytest.mark.parametrize("kind", [InputError, UnreachableError, HeldError, MachineError])
def test_each_kind_is_one_line_and_exit_code_2(kind, tmp_path, capsys):
    assert told(kind("what it was"), capsys, tmp_path) == "error: what it was"
    assert issubclass(kind, SparringError)


def test_a_dead_server_and_a_held_lock_are_no_wrong_input():
    assert not issubclass(UnreachableError, InputError)
    assert not issubclass(HeldError, InputError)


@pytest.mark.parametrize("number", sorted(OF_THE_MACHINE))
def test_what_the_machine_did_is_named_with_its_path(number, tmp_path, capsys):
    line = told(OSError(number, os.strerror(number), "a/file"), capsys, tmp_path)
    assert line in {
        f"error: a/file: {os.strerror(number)}",
        f"error: {tmp_path}: the disk is full; free space and start again",
    }
    assert (number == errno.ENOSPC) == ("full" in line)


def test_the_cause_of_a_librarys_exception_is_named(tmp_path, capsys):
    wrapped = RuntimeError("cannot serialise")
    wrapped.__cause__ = OSError(errno.EROFS, "Read-only file system", "models/r01")
    assert told(wrapped, capsys, tmp_path) == "error: models/r01: Read-only file system"
    assert "no memory is left" in told(MemoryError("4 GB"), capsys, tmp_path)
    assert "database is locked" in told(sqlite3.OperationalError("database is locked"), capsys, tmp_path)
    assert "database is locked" in told(
        sqlite3.OperationalError("database is locked"), capsys, tmp_path / "gone" / "root"
    )


@pytest.mark.parametrize(
    "error", [KeyError("a"), ValueError("b"), FileNotFoundError(errno.ENOENT, "no", "x"), AssertionError()]
)
def test_a_fault_of_ours_passes_as_it_is(error, tmp_path):
    with pytest.raises(type(error)), clear_errors(tmp_path):
        raise error


BROKEN = {
    "empty": "",
    "cut": '{"round": "r00", "after"',
    "no object": "[]",
    "newer": '{"round": "r00", "invented": 1}',
    "text": "not JSON",
    "deep": "[" * 100_000,
    "no number": '{"round": "r00", "seed": NaN}',
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_manifest_is_named_by_whoever_reads_it(content, tmp_path, params):
    paths = RoundPaths(tmp_path, "r00")
    paths.folder.mkdir(parents=True)
    paths.manifest.write_text(content, encoding="utf-8")
    for read in (
        lambda: read_manifest(paths),
        lambda: compare_rounds(paths, paths, 0),
        lambda: export_round(tmp_path, "r00", tmp_path / "out", params),
        lambda: write_report(tmp_path, tmp_path / "report"),
        lambda: campaign_format(tmp_path),
    ):
        with pytest.raises(InputError, match=r"r00/round\.json: ") as refused:
            read()
        assert "\n" not in str(refused.value)


def test_a_manifest_of_another_round_or_none_is_refused(tmp_path):
    paths = RoundPaths(tmp_path, "r07")
    with pytest.raises(InputError, match="no such file; play round r07 first"):
        read_manifest(paths)
    paths.manifest.mkdir(parents=True)
    with pytest.raises(InputError, match="is a folder"):
        read_manifest(paths)


@pytest.mark.parametrize(
    ("broken", "arguments"),
    [
        ("params.yaml", ("profile",)),
        ("params.yaml", ("gates",)),
        ("params.yaml", ("export", "r00", "out")),
        ("data/alias_queue.jsonl", ("aliases",)),
        ("rows.jsonl", ("validate", "rows.jsonl")),
        ("answers.json", ("check", "answers.json")),
        ("data/rounds/r00/round.json", ("report",)),
        ("data/rounds/r00/round.json", ("compare", "r00", "r00")),
    ],
)
def test_a_folder_in_place_of_a_file_is_one_line_in_every_command(tmp_path, broken, arguments, monkeypatch, capsys):
    (tmp_path / broken).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["sparring", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert broken in line


def test_a_file_in_place_of_a_folder_is_one_line(tmp_path, monkeypatch, capsys):
    (tmp_path / "rows.jsonl").write_text('{"id": "a"}\n')
    monkeypatch.setattr(sys, "argv", ["sparring", "validate", str(tmp_path / "rows.jsonl" / "below.jsonl")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    "text", ["a: 2026-99-99", "a: [", "- a", "!!python/object:os.system {}", "\tx", "a: b: c", "[" * 5000]
)
def test_a_recipe_that_is_no_recipe_is_one_line(text, tmp_path):
    (tmp_path / "params.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"params\.yaml: ") as refused:
        load_params(tmp_path / "params.yaml")
    assert "\n" not in str(refused.value)


def test_of_the_hub_a_wrong_name_stays_wrong_and_a_network_may_come_back():
    assert isinstance(hub_fault("models: 'x'", ConnectionError("no route")), UnreachableError)
    assert isinstance(hub_fault("models: 'x'", ValueError("no such repository name")), InputError)
    assert isinstance(hub_fault("models: 'x'", OSError(errno.ENOSPC, "No space left on device", "base")), MachineError)
