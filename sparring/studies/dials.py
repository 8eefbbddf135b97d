"""What validation rows say of a setting of the dials: pure counting over margins and answers.

A row is read once at its decision, and answered once on its right side: with a call, or without. What an offset would
make of it follows: it is right where the margin falls on that side and the answer there is right.
"""

from collections import Counter
from collections.abc import Sequence
from statistics import fmean, pstdev

from sparring.records import DialSetting, Record


class DialRow(Record):
    """One validation row under one adapter.

    Attributes:
        part: Clean or attacked, with a call or without.
        calls: Whether a call is right.
        margin: By how much the target rather calls than declines, in nats.
        later: The same measure at the later tokens of its draft.
        right: Whether what it answers on the right side is right.
        draft: The guess of that answer.
        text: That answer.
    """

    part: str
    calls: bool
    margin: float
    later: list[float]
    right: bool
    draft: str
    text: str


def part_of(attacked: bool, calls: bool) -> str:
    """The part of the score that a row belongs to; all parts weigh the same."""
    return f"{'attacked' if attacked else 'clean'}/{'call' if calls else 'no_call'}"


def setting(rows: Sequence[DialRow], scale: float, offset: float = 0.0) -> DialSetting:
    """What the rows, read under an adapter of this scale, say of an offset; of none: what they measured.

    Raises:
        ValueError: There are no rows.
    """
    if not rows:
        raise ValueError("no validation rows, so nothing is said of a dial")
    total = counted(rows)
    right = Counter(row.part for row in rows if row.right and (row.margin + offset > 0.0) == row.calls)
    shares = {part: right[part] / total[part] for part in total}
    return DialSetting(
        scale=scale, offset=offset, score=fmean(shares.values()), shares=shares, measured=offset == 0.0
    )


def counted(rows: Sequence[DialRow]) -> dict[str, int]:
    """Rows by part."""
    return dict(sorted(Counter(row.part for row in rows).items()))


def best_first(settings: Sequence[DialSetting]) -> list[DialSetting]:
    """Settings by their score; of equal ones the gentler offset, then the scale nearest to 1, comes first."""
    return sorted(settings, key=lambda one: (-one.score, abs(one.offset), -one.scale, one.offset))


def moved(before: Sequence[DialRow], after: Sequence[DialRow]) -> tuple[float, float, float]:
    """How an adapter with an offset moved the margins: mean, standard deviation, mean distance at the later tokens.

    Args:
        before: The rows without the offset.
        after: The same rows with it. Later tokens are compared where both were guessed alike.
    """
    changes = [new.margin - old.margin for old, new in zip(before, after, strict=True)]
    leaks = [
        abs(there - here)
        for old, new in zip(before, after, strict=True)
        if old.draft == new.draft
        for here, there in zip(old.later, new.later, strict=True)
    ]
    return fmean(changes), pstdev(changes), fmean(leaks) if leaks else 0.0
