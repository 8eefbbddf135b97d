"""What the rules say of a rewrite, told apart by the kind of its seed."""

from sparring.gates import Facts
from sparring.gates.evidence import evidence


def test_each_rule_that_rejects_is_named_with_the_kind_of_the_seed(params, weather_seed):
    assert evidence(Facts(weather_seed, weather_seed.query), params.gates) == {"call"}
    assert "quantities/call" in evidence(Facts(weather_seed, "Weather for Paris for 5 days?"), params.gates)
    without = weather_seed.model_copy(update={"gold": [], "category": "irrelevance"})
    found = evidence(Facts(without, "Weather for Paris for 5 days?"), params.gates)
    assert "no_call" in found
    assert all(name == "no_call" or name.endswith("/no_call") for name in found)
