"""What the rows say of themselves."""

import pytest

from sparring.records import Attack, GoldCall, Rate, Tool, Trial, Verdict, by_id

FAULTY = Verdict(correct=False, example_error="example w1: no such tool")


def trial(*verdicts, rejected_by=None):
    attack = Attack(id="a", example_id="w1", query="?", strategy="typos", round="r01", seed=0)
    return Trial(attack=attack, completions=[], rejected_by=rejected_by, verdicts=list(verdicts))


@pytest.mark.parametrize(
    ("found", "first_right", "success", "pass_rate"),
    [
        (trial(Verdict(correct=True), Verdict(correct=False)), True, False, 0.5),
        (trial(Verdict(correct=False), Verdict(correct=True)), False, True, 0.5),
        (trial(FAULTY, Verdict(correct=True)), True, False, 1.0),
        (trial(FAULTY), None, False, None),
        (trial(rejected_by="leak"), None, False, None),
        (trial(Verdict(correct=False), rejected_by="leak"), False, False, 0.0),
    ],
)
def test_an_attack_won_where_it_is_valid_and_the_first_scored_answer_is_wrong(found, first_right, success, pass_rate):
    assert (found.first_right, found.success, found.pass_rate) == (first_right, success, pass_rate)


def test_rows_of_one_tool_are_a_cluster_and_rows_without_any_stand_alone(weather_seed):
    other = weather_seed.model_copy(update={"gold": [GoldCall(name="f", arguments={})]})
    silent = weather_seed.model_copy(update={"gold": []})
    bare = silent.model_copy(update={"tools": []})
    clusters = [example.tool_cluster for example in (weather_seed, other, silent, bare)]
    assert clusters == ["get_weather", "f", "get_weather", "w1"]


def test_an_id_that_occurs_twice_is_an_error(make_weather):
    assert list(by_id([make_weather("a"), make_weather("b")])) == ["a", "b"]
    with pytest.raises(ValueError, match="example id a occurs twice"):
        by_id([make_weather("a"), make_weather("a")])


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN"])
def test_a_number_that_json_cannot_write_is_refused(number):
    written = f'{{"count": 1, "total": 2, "value": {number}, "low": 0.1, "high": 0.9}}'
    with pytest.raises(ValueError, match=r"finite number|NaN|(?i:invalid json)"):
        Rate.model_validate_json(written)


@pytest.mark.parametrize(
    ("parameters", "field"), [({"properties": {"days": False}}, "properties.days"), ({"properties": []}, "properties")]
)
def test_a_property_that_is_no_schema_is_named(parameters, field):
    with pytest.raises(ValueError, match=rf"{field}: expected"):
        Tool(name="f", parameters=parameters)


@pytest.mark.parametrize("count", [-1, 2**64])
def test_a_count_of_rows_is_one_that_a_figure_can_show(count):
    with pytest.raises(ValueError, match="count"):
        Rate(count=count, total=2**64, value=0.5, low=0.1, high=0.9)
