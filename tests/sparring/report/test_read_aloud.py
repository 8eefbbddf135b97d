"""The report as a screen reader has it: landmarks, headings in their order, and a first screen that decides in words."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from sparring.report import build
from sparring.report.page import render_page
from sparring.statistics import rate
from sparring.storage import write_text
from tests.browsing import opened, started_chromium

NODE = re.compile(r'^( *)- (?:\'|")?(\w+)(?: "((?:[^"\\]|\\.)*)")?(.*)$')


@pytest.fixture(scope="module")
def chromium():
    with started_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def tree(chromium, tmp_path_factory, make, make_weather):
    """The accessibility tree of a report of two rounds, a line a node."""
    rounds = make.two_rounds()
    rates = {"heldout_success": rate(14, 32), "heldout_success_before": rate(19, 32), "no_call_accuracy": rate(11, 40)}
    worse = make.result("r01", "r00", rates=rates, outcome="worse", promoted=False, verdict="worse: it fell")
    rounds[1] = replace(rounds[1], result=worse)
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_text(path, render_page(build(rounds, {"w1": make_weather()})))
    with opened(chromium, path) as page:
        return page.locator("body").aria_snapshot().splitlines()


def nodes(tree, role):
    """The nodes of a role, each with its depth, name and what follows."""
    found = [match.groups() for line in tree if (match := NODE.match(line))]
    return [(len(indent) // 2, name, rest) for indent, kind, name, rest in found if kind == role]


def test_the_page_has_one_of_each_landmark_and_its_menu_has_a_name(tree):
    for landmark in ("banner", "main"):
        assert len(nodes(tree, landmark)) == 1, landmark
    assert [name for _, name, _ in nodes(tree, "navigation")] == ["Parts of the report"]
    assert nodes(tree, "link")[0][1] == "Skip to the content"


def test_headings_begin_with_one_of_the_first_level_and_leave_none_out(tree):
    levels = [int(re.search(r"level=(\d)", rest)[1]) for _, _, rest in nodes(tree, "heading")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(name for _, name, _ in nodes(tree, "heading"))


def test_the_first_screen_read_aloud_decides_with_reason_and_figures(tree):
    titles = [name for _, name, _ in nodes(tree, "heading")]
    assert titles[1:3] == ["Decision", "Tools and arguments that break most"]
    begin = next(number for number, line in enumerate(tree) if 'heading "Decision"' in line)
    end = next(number for number, line in enumerate(tree) if 'heading "Tools and arguments' in line)
    aloud = " ".join(tree[begin:end])
    wanted = (
        "Ship the model of r01", "Do not ship", "It fell.", "broken under attack", "43.8 %", "95 % interval", "14 of 32",
        "before: 59.4 %", "lower is better", "right without attack", "not measured", "calls where nothing fits", "72.5 %",
    )  # fmt: skip
    places = [aloud.find(words) for words in wanted]
    assert -1 not in places, dict(zip(wanted, places, strict=True))
    assert places == sorted(places)


def test_every_drawing_is_named_or_hidden(tree):
    assert [node for node in nodes(tree, "img") if not node[1]] == []


def test_what_can_be_used_has_a_name(tree):
    for role in ("link", "button", "textbox", "combobox", "searchbox", "checkbox", "region", "table"):
        assert [node for node in nodes(tree, role) if not node[1]] == [], role
