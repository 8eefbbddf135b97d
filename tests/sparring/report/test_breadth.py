"""In how many ways attacks won: in the report, its Markdown, and the table at the end of a round."""

from dataclasses import replace

import pytest

from sparring.records import Breadth
from sparring.report import build
from sparring.report.learning import TERMS, learning_figures
from sparring.report.markdown import render_markdown
from sparring.report.page import render_page
from sparring.studies.round_table import BREADTH, round_table

WON = {"effective_strategies": Breadth(won=45, programs=12, effective=7.36, leading="quantity", led=41)}
SHOWN = "7.4 (12 of 45 won)"


@pytest.fixture
def won(two_rounds):
    baseline, followed = two_rounds
    nothing = {"heldout_effective_strategies": Breadth(won=0, programs=0, effective=None, leading=None, led=0)}
    return [
        replace(baseline, result=baseline.result.model_copy(update={"breadth": nothing})),
        replace(followed, result=followed.result.model_copy(update={"breadth": WON | nothing})),
    ]


def test_page_and_markdown_have_a_line_and_a_sentence_of_it(won, weather_seed):
    contents = build(won, {"w1": weather_seed})
    for text in (render_page(contents), render_markdown(contents)):
        assert SHOWN in text
        assert "as varied as 7.4 programs" in text
        assert "quantity, 41 did" in text
        assert all(label.strip() in text for label in BREADTH)


def test_a_round_in_which_nothing_won_has_no_sentence_of_it_and_no_0(won, weather_seed):
    contents = build(won[:1], {"w1": weather_seed})
    assert "- (0 won)" in render_markdown(contents)
    assert not any("as varied as" in sentence for sentence in contents.sentences)


def test_so_has_the_table_at_the_end_of_a_round(won, two_rounds):
    line = next(
        line for line in round_table([one.result for one in won], color=False).splitlines() if "effective" in line
    )
    assert SHOWN in line
    assert [one.result.breadth for one in two_rounds] == [{}, {}], "a manifest of before has none"
    assert "7.4 (" not in round_table([one.result for one in two_rounds], color=False)


def test_every_term_of_the_reward_has_a_line_of_its_own(two_rounds):
    curves = {name: [0.1 * place, 0.2] for place, name in enumerate(TERMS)}
    rounds = [replace(two_rounds[1], result=two_rounds[1].result.model_copy(update={"curves": curves}))]
    drawn = next(figure for figure in learning_figures(rounds) if figure.name == "reward_terms")
    assert {row["of"] for row in drawn.rows} == {label for label, _ in TERMS.values()}
    assert "program" in TERMS
