"""What readings of a set say: the share that is right, by family and over all, and how far two readings agree."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from rich.table import Table

from benchmarks.labels.rows import DrawnAttack, Label, LabelledAttack, Reading
from sparring.errors import InputError
from sparring.records import Rate
from sparring.statistics import clustered_rate
from sparring.tables import rate_text

ALL = "all families"


def joined(
    drawn: Sequence[DrawnAttack], first: Sequence[Reading], second: Sequence[Reading], settled: Sequence[Reading]
) -> list[LabelledAttack]:
    """Attacks with both labels; where these differ, `settled` has the last word, else the first reading's reason stays.

    Raises:
        InputError: A reading lacks an attack, or two labels differ and none was settled.
    """
    readings = {name: {one.id: one for one in rows} for name, rows in (("first", first), ("second", second))}
    last = {one.id: one for one in settled}
    found = []
    for attack in drawn:
        for name, rows in readings.items():
            if attack.id not in rows:
                raise InputError(f"{name} reading: no label of {attack.id}")
        one, other = (rows[attack.id] for rows in readings.values())
        if attack.id not in last and one.label != other.label:
            raise InputError(f"{attack.id}: {one.label} and {other.label}, and no settled label")
        final = last.get(attack.id, one)
        labels = {"first": one.label, "second": other.label, "label": final.label, "reason": final.reason}
        found.append(LabelledAttack(**dict(attack), **labels))
    return found


def share_right(rows: Sequence[LabelledAttack], *, contestable: bool) -> Rate:
    """The share that is right, with an interval by seed; contestable ones are not right, or are left out."""
    by_seed: dict[str, list[bool]] = defaultdict(list)
    for row in rows:
        if contestable or row.label is not Label.CONTESTABLE:
            by_seed[row.example_id].append(row.label is Label.RIGHT)
    return clustered_rate({seed: (sum(right), len(right)) for seed, right in by_seed.items()})


def kappa(pairs: Sequence[tuple[Label, Label]]) -> float | None:
    """Agreement of two readings beyond chance (Cohen, 1960); None where chance alone would agree always."""
    total = len(pairs)
    firsts, seconds = (Counter(pair[place] for pair in pairs) for place in (0, 1))
    expected = sum(firsts[label] * seconds[label] for label in Label) / total**2
    observed = sum(one is other for one, other in pairs) / total
    return None if expected == 1 else (observed - expected) / (1 - expected)


def by_family(rows: Sequence[LabelledAttack]) -> Mapping[str, list[LabelledAttack]]:
    """The rows of each family, then all of them."""
    found: dict[str, list[LabelledAttack]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.family):
        found[row.family].append(row)
    return {**found, ALL: list(rows)}


def label_table(rows: Sequence[LabelledAttack]) -> Table:
    """One line a family."""
    columns = ("family", "attacks", "wrong", "contestable", "right", "right, contestable left out")
    table = Table(*columns, title=agreement_text(rows))
    for family, own in by_family(rows).items():
        counts = Counter(row.label for row in own)
        shares = [rate_text(share_right(own, contestable=counted)) for counted in (True, False)]
        table.add_row(family, str(len(own)), str(counts[Label.WRONG]), str(counts[Label.CONTESTABLE]), *shares)
    return table


def agreement_text(rows: Sequence[LabelledAttack]) -> str:
    """How many labels were the same twice, and Cohen's kappa."""
    pairs = [(row.first, row.second) for row in rows]
    same = sum(one is other for one, other in pairs)
    found = kappa(pairs)
    return f"{same} of {len(pairs)} labels the same twice, Cohen's kappa {'undefined' if found is None else f'{found:.3f}'}"
