"""Readings by others: who took no part, sees no label, and finds broken rewrites among what is read.

Rewrites by hand that break the label are mixed in, so that a reader who calls everything right is known by them.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from rich.table import Table

from benchmarks.labels.rows import Label, LabelledAttack, Reading
from benchmarks.labels.scoring import DOUBTFUL, kappa, share_right
from sparring.errors import InputError
from sparring.gate_benchmark.cases import LabelledRewrite
from sparring.statistics import rate
from sparring.tables import rate_text


class OthersReading(Reading):
    """A reading of an attack of the set, or of a rewrite by hand that was mixed in.

    Attributes:
        reader: Who read.
        by_hand: Whether the row is a rewrite by hand, whose truth is known.
    """

    reader: str
    by_hand: bool = False


def others_table(
    attacks: Sequence[LabelledAttack], rewrites: Mapping[str, LabelledRewrite], readings: Sequence[OthersReading]
) -> Table:
    """One line a reader: what it says of the set, how far that agrees with its labels, and what it made of the rewrites.

    Raises:
        InputError: A reader lacks an attack of the set, or read a rewrite that there is not.
    """
    table = Table(
        "reader", "right", "right, sound seeds", "wrong", "contestable", "doubtful seed", "as labelled", "kappa",
        "broken rewrites found", "right ones kept",
    )  # fmt: skip
    by_reader: dict[str, list[OthersReading]] = defaultdict(list)
    for one in readings:
        by_reader[one.reader].append(one)
    for reader, own in sorted(by_reader.items()):
        said = {one.id: one.label for one in own if not one.by_hand}
        read = [attack.model_copy(update={"label": _of(said, attack.id, reader)}) for attack in attacks]
        pairs = [(before.label, after.label) for before, after in zip(attacks, read, strict=True)]
        counts, beyond = Counter(row.label for row in read), kappa(pairs)
        table.add_row(
            reader,
            rate_text(share_right(read)),
            rate_text(share_right(read, DOUBTFUL)),
            *(str(counts[label]) for label in Label if label is not Label.RIGHT),
            f"{sum(one is other for one, other in pairs)} of {len(pairs)}",
            "undefined" if beyond is None else f"{beyond:.3f}",
            *_on_rewrites([one for one in own if one.by_hand], rewrites),
        )
    return table


def _of(said: Mapping[str, Label], attack: str, reader: str) -> Label:
    if attack not in said:
        raise InputError(f"reader {reader}: no label of {attack}")
    return said[attack]


def _on_rewrites(own: Sequence[OthersReading], rewrites: Mapping[str, LabelledRewrite]) -> tuple[str, str]:
    """Shares of the broken rewrites that are not called right, and of the right ones that are."""
    if unknown := next((one.id for one in own if one.id not in rewrites), None):
        raise InputError(f"no rewrite by hand is named {unknown}")
    broken = [one.label is not Label.RIGHT for one in own if not rewrites[one.id].valid]
    kept = [one.label is Label.RIGHT for one in own if rewrites[one.id].valid]
    found = [rate(sum(each), len(each)) for each in (broken, kept)]
    return rate_text(found[0]), rate_text(found[1])
