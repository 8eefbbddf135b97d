"""Model text on a terminal is text: no escape sequence, no markup, nothing that hides."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from sparring.cli import app
from sparring.errors import InputError
from sparring.project.aliases import Alias, queue_path
from sparring.records import Rate, RoundResult
from sparring.storage import write_jsonl
from sparring.studies.round_table import round_table
from sparring.terminal import clear_errors, say
from sparring.visible_text import visible

HOSTILE = [
    "[bold red]gone[/]",
    "[/nothing open]",
    "[link=https://evil.example]press[/link]",
    "\x1b[2J\x1b]52;c;cm0gLXJm\x07",
    "\x9b31m",
    "a\rb\x08c",
    "a\U000e0100\U000e01ef",
    "\ufffe\uffff\U0001ffff\ufdd0",
    "\u202egnp.exe",
    "\u115f\u3164\u034f\ufe00",
    "back\\",
]


@given(st.text(st.characters(codec=None), max_size=40))
def test_what_is_shown_can_be_written_and_commands_nothing(text):
    shown = visible(text)
    shown.encode("utf-8")
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t"]
    assert visible(shown) == shown


@pytest.mark.parametrize(
    "code", [0xE0100, 0xE01EF, 0xE0001, 0xFFFE, 0xFFFF, 0x1FFFE, 0x10FFFF, 0xFDD0, 0xD83D, 0x1B, 0x9B, 0x3164]
)
def test_what_nobody_sees_is_written_out(code):
    assert visible(f"a{chr(code)}b") == f"a⟦U+{code:04X}⟧b"


@pytest.mark.parametrize("text", ["❤️ 👩‍🚀", "می‌خواهم", "tab\tand\nline", "葛󠄀"[:1], "naïve", "한국어"])
def test_what_scripts_and_emoji_need_stays(text):
    assert visible(text) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_aliases_show_a_person_all_of_the_text_that_is_decided_about(text, tmp_path):
    waiting = Alias(
        id="a1",
        example_id="w1",
        attack=text,
        call=0,
        argument=text,
        value=text,
        accepted=[text],
        proposed=[text],
        answer=text,
    )
    write_jsonl(queue_path(tmp_path), [waiting])
    shown = CliRunner().invoke(app, ["aliases", "--root", str(tmp_path)])
    assert shown.exit_code == 0, shown.exception
    told = "".join(shown.output.split())
    for part in "".join(visible(text).split()).split("⟦"):
        assert all(letter in told for letter in part)
    assert "\x1b" not in shown.output
    decided = CliRunner().invoke(app, ["aliases", "--accept", "a1", "--root", str(tmp_path)])
    assert decided.exit_code == 0, decided.exception
    assert "\x1b" not in decided.output


def finished(text):
    nothing = Rate(count=0, total=0, value=None, low=None, high=None)
    return RoundResult(
        round="r00", after=None, seed=0, counts={}, rates={}, comparisons={}, rejections={text: 1},
        operators={text: {"success": nothing, "valid": nothing}},
        failures=[{"count": 1, "failure": text, "tool": text, "seed": text, "attack": text, "answer": text, "reason": text}],
        rewards={}, payoffs={}, seconds={}, inputs={}, versions={}, promoted=None, champion="r00", verdict=text,
        mlflow_run_id=None,
    )  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("color", [False, True])
def test_the_table_of_rounds_shows_text_as_text(text, color):
    shown = round_table([finished(text)], color)
    shown.encode("utf-8")
    assert visible(text).split()[0][:8] in shown
    for sequence in ("\x1b]", "\x1b[2J", "\x9b", "\x07", "\r", "\x08"):
        assert sequence not in shown


@pytest.mark.parametrize("text", HOSTILE)
def test_notices_and_errors_command_no_terminal(text, capsys):
    say(f"notice {text}")
    with pytest.raises(SystemExit), clear_errors():
        raise InputError(f"rows.jsonl:3: {text}")
    told = capsys.readouterr().err
    assert told == f"notice {visible(text)}\nerror: rows.jsonl:3: {visible(text)}\n"
