"""Public functions of a module are tools; one that cannot be described is named, and the others stay."""

import pytest

from sparring.errors import InputError
from sparring.tools.importing import Wishes, import_tools
from tests.conftest import ROOT
from tests.sparring.tools.reading import faults

MODULE = '''
"""Tools."""
from json import dumps

def add(a: int, b: float | None = None, *, round_up: bool = False) -> float:
    """Adds.

    Args:
        a: First.
        b: Second.
        round_up: Whether to round.
    """

def no_hint(a):
    """Takes.

    Args:
        a: What.
    """

def no_docstring(a: int): ...

def not_described(a: int):
    """Takes."""

def many(*names: str):
    """Takes.

    Args:
        names: Names.
    """

def _private(a: int): ...
'''


def test_a_module_of_ten_functions_is_imported_whole(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    toolbox = import_tools("module:examples.bicycle_tools", Wishes())
    assert (len(toolbox.tools), toolbox.faults, toolbox.kind) == (10, (), "python")
    rent = next(tool for tool in toolbox.tools if tool["name"] == "rent_bicycle")["parameters"]
    assert rent["properties"]["frame"]["enum"] == ["S", "M", "L"]
    assert rent["properties"]["days"]["default"] == 1
    assert rent["required"] == ["frame"]
    assert "importing it runs its code" in capsys.readouterr().err


def test_a_function_that_cannot_be_described_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mixed_tools.py").write_text(MODULE)
    toolbox = import_tools("module:mixed_tools", Wishes())
    assert [tool["name"] for tool in toolbox.tools] == ["add"]
    assert toolbox.tools[0]["parameters"]["properties"]["b"]["type"] == ["number", "null"]
    named = {line.partition(": ")[0] for line in faults(toolbox)}
    assert named == {"no_hint", "no_docstring", "not_described", "many"}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("raise ValueError('broken')", "importing it raises ValueError: broken"),
        ("import sys; sys.exit(3)", "importing it raises SystemExit"),
        ("x = 1", "defines no public function"),
    ],
)
def test_a_module_without_tools_is_named(tmp_path, monkeypatch, text, named):
    monkeypatch.chdir(tmp_path)
    name = f"module_{abs(hash(text))}"
    (tmp_path / f"{name}.py").write_text(text)
    with pytest.raises(InputError, match=named):
        import_tools(f"module:{name}", Wishes())


def test_a_module_that_is_not_there_is_named():
    with pytest.raises(InputError, match="ModuleNotFoundError"):
        import_tools("module:no_such_module_anywhere", Wishes())
