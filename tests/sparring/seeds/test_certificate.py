"""`sparring seeds`: made, read one by one, and the share that is right."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("faker")

from sparring.cli import app
from sparring.seeds.certificate import drawn_rows, readings, share_right
from sparring.seeds.rows import read_rows
from sparring.tools.frozen import write_toolbox
from sparring.tools.importing import Wishes, import_tools

RECORDED = Path(__file__).parents[2] / "data" / "tools" / "mcp-server-git.json"


@pytest.fixture
def seeds(tmp_path):
    out, box = tmp_path / "seeds.jsonl", tmp_path / "tools.json"
    write_toolbox(box, import_tools(str(RECORDED), Wishes()))
    done = CliRunner().invoke(app, ["seeds", "--tools", str(box), "--out", str(out), "--count", "60"])
    assert done.exit_code == 0, done.output
    assert "60 seeds of 12 of 12 tools" in done.output
    return out


def read(out, number, keys):
    return CliRunner().invoke(app, ["seeds", "--out", str(out), "--read", str(number)], input=keys)


def test_a_reader_answers_row_by_row_and_goes_on_where_they_stopped(seeds):
    first = read(seeds, 5, "y\nx\nn\nthe branch is not said\ny\nq\n")
    assert first.output.count("request:") == 4  # one is asked again after a key that is none, one is left open
    assert "right: 0.667 (0.21-0.94, 3) of 60 seeds" in first.output
    assert "wrong 1 x: the branch is not said" in first.output
    rest = read(seeds, 5, "y\ny\n")
    assert rest.output.count("request:") == 2
    assert "right: 0.800 (0.38-0.96, 5)" in rest.output
    assert read(seeds, 5, "").output.count("request:") == 0


def test_answers_count_for_rows_that_are_there_alone(seeds):
    read(seeds, 4, "y\ny\nn\n\ny\n")
    rows = read_rows(seeds)
    assert share_right(readings(seeds, rows)).total == 4
    assert share_right(readings(seeds, drawn_rows(rows, 2, 17))).total == 2
    assert share_right([]).value is None


def test_more_rows_begin_with_the_same_ones(seeds):
    rows = read_rows(seeds)
    assert drawn_rows(rows, 20, 17)[:7] == drawn_rows(list(reversed(rows)), 7, 17)
    assert drawn_rows(rows, 20, 17) != drawn_rows(rows, 20, 18)


@pytest.mark.parametrize(
    ("options", "said"),
    [((), "nothing to do"), (("--read", "3"), "make seeds first"), (("--tools", "no.json"), "no.json")],
)
def test_wrong_input_is_named(tmp_path, options, said):
    done = CliRunner().invoke(app, ["seeds", "--out", str(tmp_path / "s.jsonl"), *options])
    assert said in str(done.exception)
