"""A report of an audit speaks of an audit: of one model that nobody trained."""

import re
from dataclasses import replace

import pytest

from sparring.operators import OPERATORS
from sparring.report import build
from sparring.report.figures import heat_figure
from sparring.report.learning import operators_figure
from sparring.report.markdown import render_markdown
from sparring.report.page import render_page
from sparring.statistics import rate
from sparring.studies.audit import AUDIT

MANY = list(OPERATORS)


@pytest.fixture
def contents(make, weather_seed):
    """Every operator attacked twice; `uppercase`, late in the alphabet, wins both times, the first one once."""
    trials = [
        make.trial(f"{name}{i}", make.no_call if (name, i) in {("uppercase", 0), ("uppercase", 1), (MANY[0], 0)} else make.right,
                   strategy=name, round=AUDIT)
        for name in MANY
        for i in range(2)
    ]  # fmt: skip
    success = {name: rate(sum(t.success for t in trials if t.attack.strategy == name), 2) for name in MANY}
    played = make.played(
        AUDIT,
        heldout=trials,
        untouched=[make.trial("u0", round=AUDIT)],
        rates={
            "heldout_success": rate(3, len(trials)), "clean_accuracy": rate(1, 1), "no_call_accuracy": rate(1, 4),
            "schema_success": rate(1, 2), "schema_success/shuffle": rate(0, 1), "schema_success/retired": rate(1, 1),
        },
        operators={name: {"valid": rate(2, 2), "success": found} for name, found in sorted(success.items())},
        verdict="failed: attack success is .3 (audit of needle by rules)",
    )  # fmt: skip
    return build([played], {"w1": weather_seed})


def words_of(page):
    return " ".join(re.sub(r"<[^>]+>|\s+", " ", re.sub(r"(?s)<(script|style|dl).*?</\1>", " ", page)).split())


def test_it_speaks_of_no_training_no_round_and_no_lift(contents):
    page, markdown = words_of(render_page(contents)), render_markdown(contents)
    for text in (page, markdown):
        for foreign in ("SFT", "lift", "held out", "held-out", "before and after", "Before and after", "promotion",
                        "baseline", "training", "Cross-play", "first seen"):  # fmt: skip
            assert foreign.lower() not in text.lower(), foreign
        assert "Failed: attack success is .3 (audit of needle by rules)." in text
        assert "Requests that need no call, answered without one: 1 of 4" in text


def test_no_operator_falls_out_of_a_figure_and_the_worst_comes_first(contents):
    figures = {figure.name: figure for figure in contents.figures}
    names = [row["round"] for row in figures["operators"].rows]
    assert set(names) == set(MANY)
    assert names[0] == "uppercase"
    assert {row["of"].split(" / ")[1] for row in figures["heat_strategy"].rows} == {"uppercase", MANY[0]}
    drawn = figures["operators"].svg
    assert all(f">{name} (2)<" in drawn for name in MANY)
    markdown = render_markdown(contents)
    assert markdown.index("| ` uppercase ` |") < markdown.index(f"| ` {MANY[0]} ` |")
    page = render_page(contents)
    table = page[page.index('id="operators-title"') :]
    assert table.index(">uppercase<") < table.index(f">{MANY[0]}<")
    tools = page[page.index('id="tools-title"') :]
    assert tools.index(">retired<") < tools.index(">shuffle<")


def test_a_heat_map_of_many_columns_stands_upright_with_all_of_them(make, weather_seed):
    trials = [make.trial(f"{name}", make.no_call, strategy=name, round=AUDIT) for name in MANY]
    level = next(
        level for level in build([make.played(AUDIT, heldout=trials)], {"w1": weather_seed}).levels
        if level.name == "kind and strategy"
    )  # fmt: skip
    figure = heat_figure("h", "t", AUDIT, level.clusters)
    assert all(f">{name}<" in figure.svg for name in MANY)
    assert not figure.wide


def test_a_rounds_operators_stand_in_the_same_order(make):
    operators = {name: {"valid": rate(9, 9), "success": rate(won, 9)} for name, won in (("bare", 2), ("typos", 7))}
    figure = operators_figure([make.played("r00", operators=operators)])
    assert [row["round"] for row in figure.rows] == ["typos", "typos", "bare", "bare"]


def test_what_is_to_be_known_before_a_figure_is_believed_stands_before_it(contents):
    told = replace(contents, cautions=["The server shows <another> prompt."])
    page, markdown = render_page(told), render_markdown(told)
    assert page.index("The server shows &lt;another&gt; prompt.") < page.index('<ul class="keys">')
    assert markdown.index("**Caution.** The server shows") < markdown.index("| | share |")
    assert "Caution.</strong>" not in render_page(contents)
