import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparring.checker import check_calls
from sparring.gold import accepted_values, gold_calls
from sparring.records import Call, GoldCall


@pytest.mark.parametrize(
    ("accepted", "arguments"),
    [
        ({"city": ["Paris", "paris"], "days": [3]}, {"city": "Paris", "days": 3}),
        ({"city": ["Paris"], "days": ["", 1]}, {"city": "Paris"}),
        ({"place": [{"lat": [1.5], "unit": ["", "deg"]}]}, {"place": {"lat": 1.5}}),
        ({"rows": [[{"a": [1]}, {"a": [2]}]]}, {"rows": [{"a": 1}, {"a": 2}]}),
        ({"list": [[1, 2], [2, 1]]}, {"list": [1, 2]}),
    ],
)
def test_the_first_accepted_value_is_taken_and_what_may_be_omitted_is(make_weather, accepted, arguments):
    example = make_weather().model_copy(update={"gold": [GoldCall(name="f", arguments=accepted)]})
    assert gold_calls(example) == [Call(name="f", arguments=arguments)]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(value=values)
def test_a_plain_value_comes_back_from_the_answer_key_as_it_was_and_is_right(make_weather, value):
    example = make_weather()
    example.tools[0].parameters["properties"]["days"] = {}
    accepted = {"city": ["Paris"], "days": accepted_values(value)}
    example = example.model_copy(update={"gold": [GoldCall(name="get_weather", arguments=accepted)]})
    calls = gold_calls(example)
    assert calls[0].arguments["days"] == value
    assert check_calls(example, calls).correct


def test_any_of_several_plain_values_is_right(make_weather):
    accepted = {"city": accepted_values({"x": [1, 2, 3]}, {"x": []})}
    example = make_weather().model_copy(update={"gold": [GoldCall(name="get_weather", arguments=accepted)]})
    example.tools[0].parameters["properties"]["city"] = {"type": "object"}
    for city, right in (({"x": [1, 2, 3]}, True), ({"x": []}, True), ({"x": 1}, False)):
        assert check_calls(example, [Call(name="get_weather", arguments={"city": city})]).correct is right
