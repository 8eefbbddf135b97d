from pathlib import Path

import pytest

from sparring.config import load_params
from sparring.errors import InputError

PARAMS = Path(__file__).parents[2] / "params.yaml"


def test_the_shipped_recipe_is_valid():
    assert load_params(PARAMS).rounds["r01"].after == "r00"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "archive_weight",
            "archiv_weight",
            "unknown key reward.archiv_weight; allowed: archive_weight, cluster_weight",
        ),
        ("{after: r00}", "{aftr: r00}", "unknown key rounds.r01.aftr; allowed: after"),
        ("{after: r00}", "{after: r07}", "rounds.r01.after is 'r07'; allowed: r00"),
        ("hardness: zero_sum", "hardness: loud", "reward.hardness: Input should be 'zero_sum' or 'band'"),
        ("hardness: zero_sum", "hardness: frontier", "reward.hardness: Input should be 'zero_sum' or 'band'"),
        ("  kl: 0.0 ", "  kl: -1.0 ", "sft.kl: Input should be greater than or equal to 0"),
        ("beta: 0.1,", "beta: 0.0,", "sft.dpo.beta: Input should be greater than 0"),
        ("update: sft", "update: ppo", "sft.update: 'ppo' is no update; allowed: dpo, grpo, rft, sft"),
        ("update: sft", "update: base", "sft.update: 'base' is no update; allowed: dpo, grpo"),
        ("update: sft", "update: [sft]", "sft.update: Input should be a valid string"),
        ("attackers: {query: 0.4", "attackers: {query: 0.5", "the five shares must add up to 1, not 1.1"),
        ("group_size: 8", "group_size: 1", "rl.group_size"),
        ("scales: []", "scales: [1.5]", "dials.scales.0: Input should be less than 1"),
        ("offsets: [-7.0", "offsets: [-30.0", "dials.offsets.0: Input should be greater than or equal to -20"),
        ("lora_rank: 32", "lora_rank: 1", "dials.offsets: target.warm_start.lora_rank must be 2 or more"),
        ("seed: 17", "seed: [", "not readable as YAML"),
        ("timeout_s: 60.0", "timeout_s: .inf", "audit.timeout_s: Input should be a finite number"),
    ],
)
def test_a_wrong_recipe_is_refused_with_the_key_and_what_is_allowed(tmp_path, old, new, message):
    path = tmp_path / "params.yaml"
    text = PARAMS.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_params(path)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("update", ["grpo", "dpo"])
def test_a_divergence_without_a_cross_entropy_beside_it_is_refused(tmp_path, update):
    text = PARAMS.read_text(encoding="utf-8")
    for old, new in (("  update: sft", f"  update: {update}"), ("  kl: 0.0", "  kl: 0.5")):
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "params.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=f"sft: kl belongs to the updates sft and rft, with {update} it must be 0"):
        load_params(path)


def test_a_missing_recipe_is_named(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        load_params(tmp_path / "params.yaml")
