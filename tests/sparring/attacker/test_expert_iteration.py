"""Of each seed's attacks the best valid one is learnt, scored in the batches that a step of RL has."""

from sparring.attacker.expert_iteration import best_of_groups, seeds_of_steps
from tests.conftest import weather

SEEDS = [weather(f"w{number}") for number in range(3)]
TERMS = {
    "bad": {"valid": 0.0, "total": 0.9},
    "open": {"valid": 1.0},
    "fair": {"valid": 1.0, "total": 0.2},
    "good": {"valid": 1.0, "total": 0.5},
    "as good": {"valid": 1.0, "total": 0.5},
}


def earned(seeds, texts):
    return [TERMS[text] for text in texts]


def test_the_best_valid_attack_of_each_seed_is_learnt_the_first_of_equals():
    written = [["fair", "good", "as good"], ["open", "fair", "open"], ["open", "open", "open"]]
    assert best_of_groups(SEEDS, written, earned, 2) == [(0, "good"), (1, "fair")]


def test_a_seed_whose_dearest_attack_the_gates_reject_teaches_nothing():
    """As with RL: what is no valid attack earns nothing, so nothing below it can be worth learning."""
    assert best_of_groups(SEEDS[:1], [["bad", "fair"]], earned, 1) == []


def test_the_reward_sees_the_attacks_of_a_step_together():
    asked = []

    def reward(seeds, texts):
        asked.append([seed.id for seed in seeds])
        return earned(seeds, texts)

    best_of_groups(SEEDS, [["fair", "good"]] * 3, reward, 2)
    assert asked == [["w0", "w0", "w1", "w1"], ["w2", "w2"]]


def test_seeds_come_again_until_all_steps_are_full():
    assert [seed.id for seed in seeds_of_steps(SEEDS, 2, 2)] == ["w0", "w1", "w2", "w0"]
    assert seeds_of_steps([], 2, 2) == []
