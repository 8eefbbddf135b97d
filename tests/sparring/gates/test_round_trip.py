"""The gate by a frozen reference: what it measures, where it comes, and that a recipe without one has none."""

import numpy as np
import pytest

from sparring.config import Params
from sparring.dialects import DIALECTS
from sparring.errors import InputError
from sparring.gates import Facts, Gatekeeper, RoundTrip
from sparring.targets.reference import reference_folder, round_trip
from sparring.targets.scripted import ScriptedTarget
from tests.tiny import tiny_seeds

PYTHONIC = DIALECTS["pythonic"]


def reader(**logprobs):
    """A reference that finds the gold as likely as the first of these words in the query says."""
    return ScriptedTarget(
        lambda example, sample: "[]",
        lambda example: next((value for word, value in logprobs.items() if word in example.query), -1.0),
    )


def test_the_fall_from_seed_to_rewrite_counts_and_not_the_likelihood(make_weather):
    rare = make_weather(city="Ulan-Bator")
    common = make_weather(city="Paris")
    gate = RoundTrip(reader(vague=-9.0, Ulan=-50.0), PYTHONIC, max_drop=6.0)
    pairs = [(rare, f"Hello! {rare.query}"), (common, "A vague question."), (common, common.query)]
    assert gate.drops(pairs) == [0.0, 8.0, 0.0]
    assert [found is None for found in gate.rejections([Facts(*pair) for pair in pairs])] == [True, False, True]
    assert "8.0 nats" in gate.rejections([Facts(*pair) for pair in pairs])[1]
    assert gate.rejections([]) == []


def test_the_reference_is_asked_last_and_only_for_what_is_left(weather_seed, params):
    asked = []

    def watching(example):
        asked.append(example.query)
        return -20.0 if "Hello" in example.query else 0.0

    gate = RoundTrip(ScriptedTarget(lambda example, sample: "[]", watching), PYTHONIC, max_drop=6.0)
    keeper = Gatekeeper(params.gates, Constant(), gate)
    attacks = [f"Hello! {weather_seed.query}", "...", f"Thanks! {weather_seed.query}"]
    assert keeper.rejections([(weather_seed, attack) for attack in attacks]) == ["round_trip", "format", None]
    assert asked == [weather_seed.query, attacks[0], attacks[2]]


class Constant:
    def embed(self, texts):
        return np.ones((len(texts), 1), dtype=np.float32)


def with_reference(params, name):
    changed = params.model_dump(mode="json")
    changed["models"]["dtype"] = "float32"
    changed["gates"]["round_trip"]["model"] = name
    return Params.model_validate(changed)


def test_a_real_model_loses_the_gold_of_another_question(base_by_heart, tmp_path, params):
    gate = round_trip(with_reference(params, str(base_by_heart)), tmp_path)
    seeds = [example for example in tiny_seeds() if example.gold][:6]
    kept = gate.drops([(seed, seed.query) for seed in seeds])
    lost = gate.drops([(seed, f"Who wrote the most famous novel of {seed.query.split()[5]}?") for seed in seeds])
    assert max(map(abs, kept)) < 1e-3
    assert min(lost) > params.gates.round_trip.max_drop
    assert (tmp_path / "models" / "reference" / "config.json").exists()


def test_a_recipe_without_a_reference_has_no_such_gate(params, tmp_path):
    assert params.gates.round_trip.model is None
    assert round_trip(params, tmp_path) is None
    assert reference_folder(params, tmp_path) is None


def test_a_reference_that_is_nowhere_is_named(params, tmp_path):
    with pytest.raises(InputError, match="nowhere/at/all"):
        round_trip(with_reference(params, "nowhere/at/all"), tmp_path)
