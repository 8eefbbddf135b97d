"""Batches for a target that learns by verdicts: an attacked row, its seed untouched, and a row that wants the other.

So every step compares odd wording with plain wording and a call with none, and neither tells what is right.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, cycle, islice

from sparring.records import Example, SFTExample

SIZE = 3


def in_trios(rows: Sequence[SFTExample], asked: Sequence[Example], batch: int, epochs: int) -> list[list[int]]:
    """Numbers of the rows of each step, as many steps as the epochs have batches.

    Attacked rows come in their order, again and again; a twin that is not among the rows is made up for by another
    untouched row of its kind, and a kind that is not there by the other. Where nothing is attacked, or everything, the
    rows come in their order.

    Args:
        rows: The training set.
        asked: Per row the seed, asking what the row asks.
        batch: Rows of a step; less what fills no trio, but at least one.
        epochs: How often as many rows as there are come.
    """
    attacked = [number for number, row in enumerate(rows) if not row.untouched]
    untouched = [number for number, row in enumerate(rows) if row.untouched]
    if not attacked or not untouched:
        return _cut(cycle(range(len(rows))), batch, len(rows) * epochs)
    twins = {asked[number].id: number for number in reversed(untouched)}
    kinds = {
        no_call: cycle([n for n in untouched if asked[n].wants_no_call == no_call] or untouched)
        for no_call in (False, True)
    }

    def trio(attack: int) -> tuple[int, int, int]:
        seed = asked[attack]
        twin = twins[seed.id] if seed.id in twins else next(kinds[seed.wants_no_call])
        return attack, twin, next(kinds[not seed.wants_no_call])

    numbers = chain.from_iterable(map(trio, cycle(attacked)))
    return _cut(numbers, max(batch // SIZE, 1) * SIZE, len(rows) * epochs)


def _cut(numbers: Iterator[int], batch: int, wanted: int) -> list[list[int]]:
    """The first of the numbers in whole batches, at least `wanted` of them."""
    return [list(islice(numbers, batch)) for _ in range(-(-wanted // batch))]
