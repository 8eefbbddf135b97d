"""What the two doors of an audit read alike: where seeds come from, how many, and which operators are left out."""

import sys

import pytest

from flows import audit as flow
from sparring import cli
from sparring.errors import InputError
from sparring.project.audit_words import chosen_seeds, left_out

WHERE = ("mine", "--base-url", "http://127.0.0.1:9/v1", "--model", "m")


@pytest.mark.parametrize(
    ("said", "number", "found"),
    [
        ("test", None, ("test", None)),
        ("60", None, ("test", 60)),
        ("val", 7, ("val", 7)),
        ("own.jsonl", 60, ("own.jsonl", 60)),
        ("./60", None, ("./60", None)),
    ],
)
def test_a_number_is_so_many_of_test_and_anything_else_a_place(said, number, found):
    assert chosen_seeds(said, number) == found


@pytest.mark.parametrize(("said", "number"), [("0", None), ("60", 30), ("60", 60)])
def test_a_number_that_is_none_or_is_said_twice_is_named(said, number):
    with pytest.raises(InputError, match=f"--seeds {said}"):
        chosen_seeds(said, number)


@pytest.mark.parametrize(
    "said", [["quote,near_miss", "chatty"], ["quote", "near_miss", "chatty"], ["chatty, near_miss,quote,", "quote"]]
)
def test_operators_are_left_out_in_one_order_however_they_are_said(said):
    assert left_out(said) == ("chatty", "near_miss", "quote")


def choices_of(door, options, monkeypatch):
    """Settings and choices that a door makes of a command line; nothing is asked."""
    made = []

    def stop(root, name, settings, choices):
        made.append((settings, choices))
        raise InputError("stopped here")

    monkeypatch.setattr("sparring.project.audits.open_audit", stop)
    monkeypatch.setattr(flow, "open_audit", stop)
    program, main = {"command": (["sparring", "audit"], cli.main), "flow": (["flows.audit"], flow.main)}[door]
    monkeypatch.setattr(sys, "argv", [*program, *WHERE, *options])
    with pytest.raises(SystemExit):
        main()
    return made[0]


def test_both_doors_read_the_same_of_the_same_words(monkeypatch, tmp_path):
    (tmp_path / "params.yaml").touch()
    monkeypatch.chdir(tmp_path)
    options = ("--seeds", "60", "--attacks-per-seed", "6", "--concurrency", "1", "--max-new-tokens", "512",
               "--without", "quote", "--without", "chatty,near_miss", "--fail-above", "0.2", "--dialect", "xlam_json",
               "--tool-choice", "auto", "--no-parallel-calls", "--strict", "--attacker", "rules")  # fmt: skip
    command, flowing = (choices_of(door, options, monkeypatch) for door in ("command", "flow"))
    assert command == flowing
    settings, choices = command
    assert settings.without == ("chatty", "near_miss", "quote")
    assert (settings.seeds, choices.seeds, choices.attacks_per_seed) == ("test", 60, 6)
    assert (choices.concurrency, choices.max_new_tokens, choices.fail_above) == (1, 512, 0.2)
