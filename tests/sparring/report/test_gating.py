"""How the report shows what `sparring gates` measured: by kind of rewrite, and never as if it had been measured."""

import pytest

from sparring.errors import InputError
from sparring.gate_benchmark import GateScore
from sparring.report import build, write_report
from sparring.report.gating import gate_words, gates_figure
from sparring.report.page import render_page
from sparring.statistics import rate
from sparring.storage import write_text

SCORE = GateScore(
    cases=46,
    precision={"leak": rate(20, 40), "all together": rate(18, 19)},
    recall={"leak": rate(20, 20), "all together": rate(18, 20)},
    kinds={
        "changed number": {"rows": 20, "valid": 0, "accepted": 1},
        "turned": {"rows": 20, "valid": 20, "accepted": 18},
        "by hand": {"rows": 6, "valid": 3, "accepted": 3},
    },
    reasons={},
    mistakes=[],
)


def test_kinds_that_must_pass_come_first_and_a_mixed_kind_is_left_out():
    figure = gates_figure(SCORE)
    assert [(row["round"], row["keeps"], row["count"], row["total"]) for row in figure.rows] == [
        ("turned", True, 18, 20),
        ("changed number", False, 1, 20),
    ]
    assert "turned (20)" in figure.svg


def test_the_words_name_both_figures_or_say_how_to_measure_them():
    words = gate_words(SCORE).replace("\u00a0", " ")
    assert "of those that pass every gate, 94.7 % (75.4 % to 99.1 %) keep the right call" in words
    assert "of those that keep it, 90.0 % (69.9 % to 97.2 %) pass" in words
    assert gate_words(None).startswith("Not measured")


def test_the_measurement_is_read_from_its_file(tmp_path, make, two_rounds, weather_seed):
    make.write(tmp_path, two_rounds, [weather_seed])
    write_text(tmp_path / "data" / "gates.json", SCORE.model_dump_json())
    html = write_report(tmp_path, tmp_path / "report").read_text()
    assert "On 46 rewrites whose truth is known" in html
    assert (tmp_path / "report" / "gate_calibration.csv").read_text().startswith("keeps,round,of,count,total,")
    write_text(tmp_path / "data" / "gates.json", "")
    with pytest.raises(InputError, match=r"gates\.json: "):
        write_report(tmp_path, tmp_path / "report")


def test_without_it_the_page_says_so(two_rounds, weather_seed):
    assert "Not measured: how often the gates are right." in render_page(build(two_rounds, {"w1": weather_seed}))
