"""What is imported is declared, what is declared is used, and the next major version of a library is not taken unseen."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
SHIPPED = [
    *PROJECT["dependencies"],
    *(line for name in ("audit", "report", "train", "pipeline") for line in EXTRAS[name]),
]
INSIDE = ("sparring", "tasks", "flows", "tests", "benchmarks")
NOT_IMPORTED = {
    "accelerate": "both trainers run on it, and several processes are launched by its command",
    "dvc": "its command is called",
    "fastapi": "declared for its upper bound alone",
}
NEEDS_NO_BOUND = {"packaging": "a new year is a new major version, and no change"}
ASKED_FOR = {"playwright": "`make browser` installs it; its tests are skipped without it"}


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(requirements):
    """Requirements by name, but for the extras that one takes over from another."""
    named = {canonical(re.match(r"[A-Za-z0-9._-]+", line).group()): line for line in requirements}
    return {name: line for name, line in named.items() if name != "sparring"}


def imported(*folders):
    """Distributions that the modules of these folders import, anywhere in a module, each with a module that does."""
    known, found = packages_distributions(), {}
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                names += [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
                for top in {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {*INSIDE}:
                    candidates = {canonical(name) for name in known.get(top, [top])}
                    found[min(candidates, key=lambda name: (name != canonical(top), name))] = path.relative_to(ROOT)
    return found


def test_what_the_program_imports_is_a_dependency_or_an_extra():
    allowed = declared(PROJECT["dependencies"]).keys() | {
        name for extra, lines in EXTRAS.items() if extra != "dev" for name in declared(lines)
    }
    assert {
        name: str(path) for name, path in imported("sparring", "tasks", "flows").items() if name not in allowed
    } == {}


def test_what_tests_and_benchmarks_import_is_declared_for_developers():
    allowed = declared([*PROJECT["dependencies"], *(line for lines in EXTRAS.values() for line in lines)]).keys()
    found = imported("tests", "benchmarks").items()
    assert {name: str(path) for name, path in found if name not in allowed | ASKED_FOR.keys()} == {}


def test_every_dependency_is_imported_or_says_why_not():
    used = imported("sparring", "tasks", "flows").keys()
    assert declared(SHIPPED).keys() - used == NOT_IMPORTED.keys()


@pytest.mark.parametrize("name", sorted(declared(SHIPPED).keys() - NEEDS_NO_BOUND.keys()))
def test_a_dependency_has_an_upper_bound(name):
    assert "<" in declared(SHIPPED)[name]


def test_the_versions_that_were_tested_together_lie_within_the_bounds():
    from packaging.requirements import Requirement

    pinned = dict(
        re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.M)
    )
    wanted = [Requirement(line) for line in [*SHIPPED, *EXTRAS["dev"]]]
    wanted = [one for one in wanted if one.name != "sparring"]
    versions = {canonical(name): version for name, version in pinned.items()}
    outside = [str(one) for one in wanted if not one.specifier.contains(versions[canonical(one.name)])]
    assert outside == []
