"""What validation rows say of a setting of the dials: pure counting over margins and answers.

A row is read once at its decision, and answered once on its right side: with a call, or without. What an offset would
make of it follows: it is right where the margin falls on that side and the answer there is right.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from statistics import fmean, pstdev

from sparring.records import Dial, DialSetting, Record

FITTED_ROWS, FITTED_NO_CALL = 32, 0.5  # training rows that an offset is fitted to, and their share without a call
LOSS = 2.0  # what an untouched row that the champion answers rightly counts beside its own answer, where it is lost
UNTOUCHED = "clean"


class DialRow(Record):
    """One validation row under one adapter.

    Attributes:
        part: Clean or attacked, with a call or without.
        calls: Whether a call is right.
        margin: By how much the target rather calls than declines, in nats.
        later: The same measure at the later tokens of its draft.
        right: Whether what it answers on the right side is right; None where the row itself cannot be scored.
        draft: The guess of that answer.
        text: That answer.
    """

    part: str
    calls: bool
    margin: float
    later: list[float]
    right: bool | None
    draft: str
    text: str


def part_of(attacked: bool, calls: bool) -> str:
    """The part of the score that a row belongs to; all parts weigh the same."""
    return f"{'attacked' if attacked else UNTOUCHED}/{'call' if calls else 'no_call'}"


def untouched(part: str) -> bool:
    """Whether a part's rows are not attacked."""
    return part.startswith(f"{UNTOUCHED}/")


def most_right(readings: Iterable[Sequence[DialRow]]) -> dict[str, int]:
    """By part the most rows that any offset can make right: those whose answer on the right side is right.

    Args:
        readings: The rows as they were read under each adapter.
    """
    most: dict[str, int] = {}
    for rows in readings:
        for part, count in Counter(row.part for row in rows if row.right).items():
            most[part] = max(count, most.get(part, 0))
    return most


def answered_rightly(rows: Iterable[DialRow]) -> dict[str, int]:
    """By part the rows that are right as they are answered, without an offset."""
    return dict(sorted(_right(rows, 0.0).items()))


def _right(rows: Iterable[DialRow], offset: float) -> Counter[str]:
    return Counter(row.part for row in rows if row.right and (row.margin + offset > 0.0) == row.calls)


def setting(
    rows: Sequence[DialRow], scale: float, offset: float, most: Mapping[str, int], champion: Mapping[str, int]
) -> DialSetting:
    """What the rows, read under an adapter of this scale, say of an offset; of none: what they measured.

    A part is scored against the most that can be right in it: a target that answers a third of the calls rightly must
    not buy refusals with them. By how much it falls below the champion on untouched rows counts LOSS times again:
    a target that is worse there is not promoted, however few attacks it loses.

    Args:
        rows: The rows under the adapter.
        scale: Of the adapter.
        offset: What is added to their margins.
        most: Rows of each part that some setting makes right.
        champion: Rows of the untouched parts that the champion answers rightly, or in the baseline the trained target.
    """
    total = counted(rows)
    right = _right(rows, offset)
    reached = {part: right[part] / count for part, count in most.items()}
    lost = sum(max(0, count - right[part]) / most[part] for part, count in champion.items() if part in most)
    variance = sum(max(0.0, share * (1 - share)) / most[part] for part, share in reached.items())
    return DialSetting(
        scale=scale,
        offset=offset,
        score=(sum(reached.values()) - LOSS * lost) / len(reached) if reached else 0.0,
        error=sqrt(variance) / len(reached) if reached else 0.0,
        shares={part: right[part] / total[part] for part in total},
        measured=offset == 0.0,
    )


def counted(rows: Sequence[DialRow]) -> dict[str, int]:
    """Scored rows by part."""
    return dict(sorted(Counter(row.part for row in rows if row.right is not None).items()))


def best_first(settings: Sequence[DialSetting]) -> list[DialSetting]:
    """The gentlest first of those within a standard error of the best score, then the others by their score.

    Gentle is a small offset, then a scale near 1. What few rows favour by chance is not what other rows favour: of
    settings that they cannot tell apart the one nearest to the training is the safest (Breiman et al., 1984).
    """
    best = max(settings, key=lambda one: one.score)
    near = [one for one in settings if one.score >= best.score - best.error]
    far = [one for one in settings if one.score < best.score - best.error]
    return sorted(near, key=_strength) + sorted(far, key=lambda one: (-one.score, *_strength(one)))


def _strength(one: DialSetting) -> tuple[float, ...]:
    return abs(one.offset), -one.scale, -one.score, one.offset


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


def dial_words(dial: Dial) -> str:
    """What the dials were set to, and what for, in one sentence."""
    trained, chosen = dial.settings[0], dial.chosen
    rows = sum(dial.rows.values())
    if chosen == trained:
        tried = len(dial.settings) - 1
        return f"its dials stayed where it left them: none of {tried} others is surely better on {rows} validation rows"
    means = "" if dial.scale == 1.0 else f"{dial.scale:.0%} of the trained adapter in the mean with the one before"
    offset = "" if dial.offset == 0.0 else f"{dial.offset:+g} nats for calling"
    found = " and ".join(filter(None, (means, offset)))
    gain = f"{trained.score:.3f} to {chosen.score:.3f}"
    return f"its dials are set to {found}: score on {rows} validation rows {gain}"


def dial_text(dial: Dial | None) -> str:
    """The setting in a cell: scale, offset."""
    return "-" if dial is None else f"{dial.scale:g}, {dial.offset:+g}"
