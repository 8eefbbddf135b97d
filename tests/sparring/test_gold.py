import pytest

from sparring.gold import gold_calls
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
