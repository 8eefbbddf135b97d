"""The dial that was chosen is told wherever a round is shown: report, table, model card."""

import pytest

from sparring.prompts import render_prompt
from sparring.report.summary import summary
from sparring.studies.round_table import round_table

AS_TRAINED = {"scale": 1.0, "offset": 0.0, "score": 0.5, "error": 0.01, "shares": {"clean/call": 0.5}, "measured": True}
TOLD = AS_TRAINED | {"offset": -2.0, "score": 0.7, "measured": False}
DIAL = {
    "scale": 1.0,
    "offset": -2.0,
    "rows": {"clean/call": 40},
    "settings": [AS_TRAINED, TOLD, TOLD | {"score": 0.6, "measured": True}],
    "moved": -1.9,
    "moved_sd": 0.1,
    "leak": 0.02,
}


@pytest.fixture
def rounds(make):
    return [make.played("r00"), make.played("r01", after="r00", dial=DIAL)]


def test_the_report_says_what_was_set_and_what_for(rounds):
    said = summary(rounds, [], [], [], None)
    assert (
        "After its training, its dials are set to -2 nats for calling: score on 40 validation rows 0.500 to 0.600."
        in said
    )
    assert not any("dials" in sentence for sentence in summary(rounds[:1], [], [], [], None))


def test_the_rounds_table_has_a_row_of_it_where_a_round_has_any(rounds):
    table = round_table([played.result for played in rounds], color=False)
    (line,) = [line for line in table.splitlines() if "dials" in line]
    assert [cell.strip() for cell in line.strip("│").split("│")] == [
        "dials: share of the training, offset",
        "-",
        "1, -2",
    ]
    assert "dials" not in round_table([rounds[0].result], color=False)


def test_the_model_card_says_that_it_is_part_of_the_weights(rounds, params):
    cards = [
        render_prompt(
            "model_card", params=params, result=played.result, licence="apache-2.0", base_model=None, heldout={}
        )
        for played in rounds
    ]
    assert "1 of the trained adapter" in cards[1]
    assert "-2 nats for calling over declining" in cards[1]
    assert "nats" not in cards[0]
