"""Files in the repository's root that say again what others decide: they must say the same."""

import re
import tomllib

import pytest
from ruamel.yaml import YAML

from sparring.dialects import DIALECTS
from sparring.gates import GATES
from sparring.operators import OPERATORS
from sparring.sources import SOURCES
from sparring.training.updates import UPDATES
from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def yaml(name):
    return YAML(typ="safe").load((ROOT / name).read_text(encoding="utf-8"))


def test_a_commit_is_checked_by_what_make_check_runs():
    (local,) = yaml(".pre-commit-config.yaml")["repos"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(r"^check:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)[1]
    commands = [line.strip().replace("$(BIN)", ".venv/bin") for line in recipe.splitlines()]
    assert local["repo"] == "local"
    assert [hook["entry"] for hook in local["hooks"]] == commands
    assert {hook["language"] for hook in local["hooks"]} == {"system"}


def test_the_citation_names_this_version_and_licence():
    cited = yaml("CITATION.cff")
    assert (cited["title"], cited["version"], cited["license"]) == (
        PROJECT["name"],
        PROJECT["version"],
        PROJECT["license"],
    )


def test_the_changelog_begins_with_this_version():
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## (\S+),", changes, re.MULTILINE)[1] == PROJECT["version"]


@pytest.mark.parametrize(
    ("line", "registered"),
    [
        ("`GATES` in `sparring/gates/__init__.py`", GATES),
        ("`_OPERATORS` in `sparring/operators/__init__.py`", OPERATORS),
        ("`DIALECTS` in `sparring/dialects/__init__.py`", DIALECTS),
        ("`SOURCES` in `sparring/sources/__init__.py`", SOURCES),
        ("`UPDATES` in `sparring/training/updates/__init__.py`", UPDATES),
    ],
)
def test_the_dict_that_a_new_one_is_added_to_is_where_the_page_says(line, registered):
    assert line in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    name, path = re.fullmatch(r"`(\w+)` in `(.+)`", line).groups()
    source = (ROOT / path).read_text(encoding="utf-8")
    literal = re.search(rf"^{name}\b.*= \{{\n((?:    .*\n)+)\}}", source, re.MULTILINE)[1]
    assert re.findall(r'^    "(\w+)":', literal, re.MULTILINE) == list(registered)
