"""Expert iteration, the plain rival of RL: of all that was written on a seed, the best valid attack is learnt.

The reward is RL's, seen as RL sees it: a step's attacks together, since its terms compare them with each other.
"""

from collections.abc import Sequence

from sparring.attacker.mining import Reward
from sparring.records import Example


def seeds_of_steps(seeds: Sequence[Example], steps: int, prompts_per_step: int) -> list[Example]:
    """As many seeds as that many steps of RL ask, one after the other, again and again."""
    return (list(seeds) * steps)[: steps * prompts_per_step]


def best_of_groups(
    seeds: Sequence[Example], written: Sequence[Sequence[str]], reward: Reward, prompts_per_step: int
) -> list[tuple[int, str]]:
    """For each seed with a valid, scored attack its number and what earned most; the first of several that did.

    Args:
        seeds: In the order of the steps.
        written: Per seed what was written on it, as much on each.
        reward: The reward of RL.
        prompts_per_step: Seeds whose attacks the reward sees together.
    """
    best: list[tuple[int, str]] = []
    for start in range(0, len(seeds), prompts_per_step):
        batch = range(start, min(start + prompts_per_step, len(seeds)))
        attacks = [(seeds[i], text) for i in batch for text in written[i]]
        earned = iter(reward([seed for seed, _ in attacks], [text for _, text in attacks]))
        for i in batch:
            scored = [(text, next(earned)) for text in written[i]]
            known = [(text, terms) for text, terms in scored if "total" in terms]
            text, terms = max(known, key=lambda one: one[1]["total"], default=("", {"valid": 0.0}))
            if terms["valid"]:
                best.append((i, text))
    return best
