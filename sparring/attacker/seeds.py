"""Seeds of both kinds: those that want a call, and those on which no call is right.

Odd wording that always comes with one kind of answer teaches a target the wording: both kinds are attacked, everywhere.
"""

import random
from collections import Counter
from collections.abc import Sequence

from sparring.records import Example, Trial


def of_both_kinds(seeds: Sequence[Example], wanted: int, no_call_share: float) -> list[Example]:
    """The first seeds of each kind, in the order given; those whose right answer is not known are none.

    Args:
        seeds: What there is.
        wanted: Seeds in all; fewer where there are not as many.
        no_call_share: Part of them that wants no call; where fewer do, more that want one take their place.
    """
    num_declining = min(round(no_call_share * wanted), sum(seed.wants_no_call for seed in seeds))
    left = {"no_call": num_declining, "call": wanted - num_declining}
    chosen = []
    for seed in seeds:
        if seed.can_be_attacked and left[seed.kind] > 0:
            left[seed.kind] -= 1
            chosen.append(seed)
    return chosen


def spread_over_tools(seeds: Sequence[Example]) -> list[Example]:
    """The same seeds, one of each tool before the second of any: those of one tool tell less than those of several."""
    turns: Counter[str] = Counter()
    places = []
    for seed in seeds:
        places.append(turns[seed.tool_cluster])
        turns[seed.tool_cluster] += 1
    return [seeds[at] for at in sorted(range(len(seeds)), key=places.__getitem__)]


def shuffled(seeds: Sequence[Example], seed: int | str) -> list[Example]:
    """The same seeds in a random order of their own."""
    drawn = list(seeds)
    random.Random(seed).shuffle(drawn)
    return drawn


def answered_rightly(seeds: Sequence[Example], trials: Sequence[Trial]) -> list[Example]:
    """The seeds, in their order, of which a trial's first answer is right."""
    right = {trial.attack.example_id for trial in trials if trial.first_right}
    return [seed for seed in seeds if seed.id in right]


def strong_first(strong: Sequence[Example], seeds: Sequence[Example], seed: int) -> list[Example]:
    """The strong ones in their order, and behind them what else there is in a random one."""
    known = {each.id for each in strong}
    return [*strong, *shuffled([each for each in seeds if each.id not in known], seed)]
