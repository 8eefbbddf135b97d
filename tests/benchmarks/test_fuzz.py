"""The fuzzer finds what is planted, goes on after it, and keeps a small case; every boundary stands as the library does."""

import os
import sys
import time
from contextlib import suppress
from random import Random

import pytest

from benchmarks.fuzz import running
from benchmarks.fuzz.__main__ import BOUNDARIES, table
from benchmarks.fuzz.boundary import Boundary, NotEqualError
from benchmarks.fuzz.mutation import MAX_PLACES, _places, mutated_json, odd_bytes, odd_text
from benchmarks.fuzz.running import made, run
from sparring.errors import InputError
from tests.running import run as run_command

SECONDS = 1.0


def inputs(rng):
    return bytes(rng.choice(b"abcdefgh") for _ in range(60))


def planted(fault):
    """A boundary whose input holds the fault now and then, and whose own error is no finding."""

    def read(content, folder):
        if content.startswith(b"a") and b"b" in content:
            fault()
        if content.startswith(b"c"):
            raise InputError("wrong input")
        time.sleep(0.001)

    return Boundary(inputs, read)


def raised(error):
    def fault():
        raise error

    return fault


def hung():
    while True:
        pass


def asleep():
    time.sleep(60)


def swollen():
    bytearray(3 << 30)


def died():
    os._exit(3)


def _longer_and_longer(boundary, folder):
    """A busy machine may give the child little time."""
    yield from (run("planted", boundary, 7, SECONDS * 2**tries, folder) for tries in range(6))


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        (raised(KeyError("name")), "KeyError"),
        (raised(NotEqualError("a became b")), "NotEqualError"),
        (swollen, "MemoryError"),
        (hung, "hang"),
        (asleep, "hang"),
        (died, "died with 3"),
    ],
)
def test_a_planted_fault_is_found_and_the_run_goes_on(fault, what, tmp_path, monkeypatch):
    monkeypatch.setattr(running, "MAX_SECONDS", 0.2)
    monkeypatch.setattr(running, "MAX_WAIT_S", 0.5)
    outcome = next(one for one in _longer_and_longer(planted(fault), tmp_path) if one.tried > 20)
    ((found, number),) = outcome.findings.items()
    assert found.startswith(what)
    assert outcome.tried > number + 1
    content = (tmp_path / "planted" / f"7-{number}.input").read_bytes()
    trace = (tmp_path / "planted" / f"7-{number}.txt").read_text()
    assert trace.startswith(f"planted, seed 7, input {number}: {what}")
    assert content == made(planted(fault), "planted", 7, number) or (content.startswith(b"a") and len(content) == 2)
    assert "| planted |" in table({"planted": outcome})


def test_a_boundary_that_refuses_what_is_wrong_has_no_finding(tmp_path):
    outcome = run("planted", planted(lambda: None), 7, SECONDS, tmp_path)
    assert outcome.findings == {}
    assert outcome.tried > 0
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", BOUNDARIES)
def test_every_boundary_reads_its_first_inputs(name, tmp_path):
    boundary = BOUNDARIES[name]()
    for number in range(2):
        content = made(boundary, name, 1, number)
        assert content == made(BOUNDARIES[name](), name, 1, number)
        with suppress(*boundary.errors):
            boundary.read(content, tmp_path)


def test_odd_inputs_are_odd_in_many_ways():
    rng, seed = Random(0), {"a": [1, {"b": "text"}], "c": '[{"d": 1}]'}
    documents = {mutated_json(rng, seed, [seed]) for _ in range(300)}
    assert len(documents) > 200
    for odd in ("NaN", "[[[[[", '"a":1,"a":2', "\\ud83d", "9" * 5_000):
        assert any(odd in document for document in documents), odd
    assert len({odd_text(rng, "some text", ["other"]) for _ in range(300)}) > 200
    assert any(b"\xff" in odd_bytes(rng, b"some text") for _ in range(300))


def test_a_list_repeated_within_one_that_is_makes_no_input_that_fills_the_memory():
    inner = ["deep"] * 3_000
    assert len(_places([inner] * 3_000)) < MAX_PLACES + len(inner)


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--minutes", "0.02", "--only", "seals"], 0), (["--only", "none of them"], 2)]
)
def test_the_command_says_how_it_went_by_its_exit_code(arguments, code, tmp_path):
    command = (sys.executable, "-m", "benchmarks.fuzz", *arguments, "--out", str(tmp_path / "table.md"))
    run_command(tmp_path, *command, expect=code)
    assert code == 2 or "| **all** |" in (tmp_path / "table.md").read_text()
