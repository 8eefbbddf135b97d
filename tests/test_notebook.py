"""The notebook's outputs are what its cells print today: each is run, in order, and compared."""

import contextlib
import io
import json

import pytest

from tests.conftest import ROOT

NOTEBOOK = ROOT / "examples" / "one_attack.ipynb"


def code_cells():
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def shown(cell):
    assert {output["output_type"] for output in cell["outputs"]} <= {"stream"}, (
        "cells print, so that they can be compared"
    )
    return "".join("".join(output["text"]) for output in cell["outputs"])


def test_every_cell_prints_what_the_notebook_shows(monkeypatch):
    monkeypatch.chdir(ROOT)
    names = {"__name__": "__main__"}
    for number, cell in enumerate(code_cells()):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile("".join(cell["source"]), f"cell {number}", "exec"), names)
        assert printed.getvalue() == shown(cell), f"cell {number}: run the notebook again"


def test_the_notebook_shows_an_attack_that_wins_and_rewrites_that_are_rejected():
    text = "\n".join(shown(cell) for cell in code_cells())
    assert "wrong: " in text
    assert text.count("rejected by ") >= 3
    assert "valid attacks win: 0." in text


@pytest.mark.slow
def test_a_fresh_kernel_runs_the_whole_notebook(tmp_path):
    nbformat = pytest.importorskip("nbformat", reason="pip install nbclient ipykernel")
    nbclient = pytest.importorskip("nbclient", reason="pip install nbclient ipykernel")
    pytest.importorskip("ipykernel")
    notebook = nbformat.read(NOTEBOOK, 4)
    nbformat.validate(notebook)
    before = [shown(cell) for cell in code_cells()]
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(ROOT)}}).execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert ["".join(output.text for output in cell.outputs) for cell in cells] == before
