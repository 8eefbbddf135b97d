"""No type checker reads the benchmarks: what they import must be there."""

from importlib import import_module

import pytest

from tests.conftest import ROOT

MODULES = sorted(path.stem for path in (ROOT / "benchmarks").glob("*.py"))


@pytest.mark.parametrize("name", MODULES)
def test_each_can_be_imported(name):
    assert import_module(f"benchmarks.{name}").__doc__
