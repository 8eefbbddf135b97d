"""Several models in one report: what decides about each, weaknesses by models, and a report of each beside it."""

import csv
import io

import pytest

from sparring.commands.report import report
from sparring.errors import InputError
from sparring.report import build, write_report, write_reports
from sparring.report.models import compared, folder_names, matrix, render_models
from sparring.statistics import rate
from sparring.storage import write_jsonl, write_text
from sparring.studies.audit import AUDIT


def write_audit(root, make, seeds, trials, **fields):
    """An audit as files, the way its flow leaves them."""
    folder = root / "data" / "rounds" / AUDIT
    write_jsonl(root / "data" / "splits" / "train.jsonl", seeds)
    write_jsonl(root / "data" / "splits" / "val.jsonl", [])
    write_jsonl(folder / "clean.jsonl", [])
    write_jsonl(folder / "trials.jsonl", trials)
    write_text(folder / "round.json", make.result(AUDIT, **fields).model_dump_json())
    return root


@pytest.fixture
def audits(tmp_path, make, weather_seed):
    """One model loses to capitals, one to typos, the third to nothing and was never asked in typos."""
    lost = {"weak": ("uppercase",), "odd": ("typos",), "strong": ()}
    asked = {"weak": ("uppercase", "typos"), "odd": ("uppercase", "typos"), "strong": ("uppercase",)}
    states = {"weak": "failed: all above", "odd": "too little to say: it holds it", "strong": "passed: none above"}
    return [
        write_audit(
            tmp_path / name, make, [weather_seed],
            [make.trial(way, make.no_call if way in lost[name] else make.right, strategy=way) for way in asked[name]],
            verdict=states[name], rates={"heldout_success": rate(len(lost[name]), len(asked[name]))}, model=f"the {name} one",
        )
        for name in lost
    ]  # fmt: skip


def test_three_models_have_a_front_page_a_matrix_and_a_report_each(audits, tmp_path, capsys):
    out = tmp_path / "report"
    report(audits, out)
    assert capsys.readouterr().out.strip() == str(out / "report.html")
    page = (out / "report.html").read_text()
    for name, decision in (("weak", "Do not ship"), ("odd", "Too little to say"), ("strong", "Ship")):
        row = next(row for row in page.split("<tr>") if f'href="{name}/report.html"' in row)
        assert f">{decision}</strong>" in row
        assert f"the {name} one" in row
        assert (out / name / "report.html").read_text().startswith("<!DOCTYPE html>")
    rows = list(csv.DictReader(io.StringIO((out / "matrix.csv").read_text())))
    found = {(row["strategy"], row["model"]): (row["count"], row["total"]) for row in rows}
    assert found == {
        ("uppercase", "weak"): ("1", "1"), ("uppercase", "odd"): ("0", "1"), ("uppercase", "strong"): ("0", "1"),
        ("typos", "weak"): ("0", "1"), ("typos", "odd"): ("1", "1"), ("typos", "strong"): ("0", "0"),
    }  # fmt: skip
    markdown = (out / "report.md").read_text()
    assert "| weak | do not ship | 50.0" in markdown
    assert "| calls nothing when words are misspelt | 0" in markdown


def test_a_way_that_a_model_was_never_attacked_is_not_measured_and_not_zero(audits, make, weather_seed):
    contents = [
        build([make.played(AUDIT, heldout=[make.trial("a", verdict, strategy=way)])], {"w1": weather_seed})
        for verdict, way in ((make.no_call, "typos"), (make.right, "bare"))
    ]
    models = compared(["one", "two"], contents)
    ((first, second),) = matrix(models).values()
    assert (first.count, first.total) == (1, 1)
    assert second.value is None
    page = render_models(models)
    assert ">not measured</td>" in page.split('id="matrix"')[1]
    assert "<script" not in page


def test_one_folder_is_a_report_of_its_own(audits, tmp_path):
    write_reports(audits[:1], tmp_path / "one")
    write_report(audits[0], tmp_path / "two")
    assert (tmp_path / "one" / "report.html").read_bytes() == (tmp_path / "two" / "report.html").read_bytes()


def test_two_folders_of_one_name_are_refused(tmp_path):
    assert folder_names([tmp_path / "a b", tmp_path / "c"]) == ["a_b", "c"]
    with pytest.raises(InputError, match="two folders are called x"):
        folder_names([tmp_path / "1" / "x", tmp_path / "2" / "x"])
