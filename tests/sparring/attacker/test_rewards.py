from typing import get_args

import numpy as np
import pytest

from sparring.attacker.archive import Archive, nearest
from sparring.attacker.rewards import Attempt, hardness, rewards
from sparring.config import RewardParams
from sparring.records import Attack, Trial, Verdict


def attempt(valid=True, malformed=False, pass_rate=1.0, drop=0.0):
    return Attempt(valid, malformed, pass_rate if valid else None, drop if valid else None)


def totals(params, *attempts, vectors=None):
    given = np.eye(len(attempts), dtype=np.float32) if vectors is None else vectors
    return [
        terms.get("total")
        for terms in rewards(attempts, params.reward, given, np.zeros(len(attempts), dtype=np.float32))
    ]


def test_won_above_easy_above_rejected_above_no_action(params):
    won, near, easy, rejected, malformed = totals(
        params,
        attempt(pass_rate=0.0),
        attempt(drop=2.0),
        attempt(),
        attempt(valid=False),
        attempt(valid=False, malformed=True),
    )
    assert won > near > easy > rejected > malformed


def test_what_the_batch_says_alike_earns_less(params):
    same = np.ones((2, 1), dtype=np.float32)
    alike = totals(params, attempt(pass_rate=0.0), attempt(pass_rate=0.0), vectors=same)[0]
    apart = totals(params, attempt(pass_rate=0.0), attempt(pass_rate=0.0))[0]
    assert apart - alike == pytest.approx(params.reward.cluster_weight)


def test_what_the_archive_knows_earns_less(params):
    given = np.ones((1, 1), dtype=np.float32)
    new = rewards([attempt(pass_rate=0.0)], params.reward, given, np.zeros(1, dtype=np.float32))[0]
    known = rewards([attempt(pass_rate=0.0)], params.reward, given, np.ones(1, dtype=np.float32))[0]
    assert new["total"] - known["total"] == pytest.approx(params.reward.archive_weight)


@pytest.mark.parametrize(
    ("shape", "pass_rate", "wanted"),
    [
        ("zero_sum", 0.0, 1.0),
        ("zero_sum", 1.0, 0.0),
        ("zero_sum", 0.25, 0.75),
        ("band", 0.5, 1.0),
        ("band", 0.0, 0.0),
        ("band", 1.0, 0.0),
        ("band", 0.125, 0.5),
    ],
)
def test_both_shapes_of_hardness(shape, pass_rate, wanted):
    assert hardness(attempt(pass_rate=pass_rate), shape) == pytest.approx(wanted)


def test_every_shape_that_a_recipe_may_name_differs_from_the_others():
    shapes = get_args(RewardParams.model_fields["hardness"].annotation)
    grid = [attempt(pass_rate=rate, drop=drop) for rate in (0.0, 0.125, 0.5, 1.0) for drop in (0.0, 1.0)]
    curves = {tuple(hardness(each, shape) for each in grid) for shape in shapes}
    assert len(curves) == len(shapes)


def test_hardness_is_never_negative_and_never_defined_without_an_answer():
    assert hardness(attempt(drop=-5.0), "zero_sum") == 0.0
    with pytest.raises(ValueError, match="not asked"):
        hardness(attempt(valid=False), "zero_sum")


def test_terms_that_are_undefined_are_left_out(params):
    found = rewards(
        [attempt(valid=False)], params.reward, np.ones((1, 1), dtype=np.float32), np.zeros(1, dtype=np.float32)
    )
    assert set(found[0]) == {"total", "valid", "malformed"}


def test_a_valid_attack_that_could_not_be_scored_earns_nothing_rather_than_0(params):
    unscored = Attempt(valid=True, malformed=False, pass_rate=None, gold_logprob_drop=None)
    found = rewards([unscored], params.reward, np.ones((1, 1), dtype=np.float32), np.zeros(1, dtype=np.float32))
    assert found[0] == {"valid": 1.0, "malformed": 0.0}


def trial(number, success=True, strategy="typos"):
    attack = Attack(id=f"a{number}", example_id="w1", query=f"q{number}", strategy=strategy, round="r01", seed=1)
    return Trial(attack=attack, completions=[], rejected_by=None, verdicts=[Verdict(correct=not success)])


def test_the_archive_keeps_a_few_winners_a_cell(tmp_path, weather_seed):
    archive = Archive()
    seeds = {"w1": weather_seed}
    assert archive.add([trial(0), trial(0), trial(1, success=False), *(trial(n) for n in range(2, 12))], seeds) == 4
    assert archive.coverage == 1
    archive.save(tmp_path / "archive.jsonl")
    assert Archive.load(tmp_path / "archive.jsonl").attacks == archive.attacks
    assert archive.strategies(weather_seed) == ["typos"]
    assert Archive.load(tmp_path / "none.jsonl").attacks == []


def test_the_nearest_known_is_a_cosine():
    found = nearest(np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float32), np.array([[1.0, 0.0]], dtype=np.float32))
    assert found.tolist() == [1.0, 0.0]
    assert nearest(np.ones((2, 2), dtype=np.float32), np.zeros((0, 2), dtype=np.float32)).tolist() == [0.0, 0.0]
