"""What readings of a set say: the share that is right, by family and over all, and how far two readings agree."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence

from rich.table import Table

from benchmarks.labels.rows import DrawnAttack, Label, LabelledAttack, Reading
from sparring.errors import InputError
from sparring.records import Rate
from sparring.statistics import clustered_rate
from sparring.tables import rate_text

ALL = "all families"
DOUBTFUL = (Label.DOUBTFUL_SEED,)
UNDECIDED = (Label.DOUBTFUL_SEED, Label.CONTESTABLE)


def joined(
    drawn: Sequence[DrawnAttack],
    first: Sequence[Reading],
    second: Sequence[Reading] | None = None,
    settled: Sequence[Reading] = (),
) -> list[LabelledAttack]:
    """Attacks with their labels; where two differ, `settled` has the last word, else the first reading's reason stays.

    Raises:
        InputError: A reading lacks an attack, or two labels differ and none was settled.
    """
    readings = {"first": first} if second is None else {"first": first, "second": second}
    by_id = {name: {one.id: one for one in rows} for name, rows in readings.items()}
    last = {one.id: one for one in settled}
    return [_with_labels(attack, by_id, last.get(attack.id)) for attack in drawn]


def _with_labels(
    attack: DrawnAttack, readings: Mapping[str, Mapping[str, Reading]], settled: Reading | None
) -> LabelledAttack:
    missing = [name for name, rows in readings.items() if attack.id not in rows]
    if missing:
        raise InputError(f"{missing[0]} reading: no label of {attack.id}")
    said = [rows[attack.id] for rows in readings.values()]
    if settled is None and len({one.label for one in said}) > 1:
        raise InputError(f"{attack.id}: {' and '.join(one.label for one in said)}, and no settled label")
    final = settled or said[0]
    second = said[1].label if len(said) > 1 else None
    labels = {"first": said[0].label, "second": second, "label": final.label, "reason": final.reason}
    return LabelledAttack(**dict(attack), **labels)


def share_right(rows: Sequence[LabelledAttack], left_out: Collection[Label] = ()) -> Rate:
    """The share that is right, with an interval by seed; any other label that is not left out is not right."""
    by_seed: dict[str, list[bool]] = defaultdict(list)
    for row in rows:
        if row.label not in left_out:
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
    """One line a family: shares of all attacks, of those on sound seeds, and of these without the contestable ones."""
    others = [label for label in Label if label is not Label.RIGHT]
    shares = {"right": (), "right, sound seeds": DOUBTFUL, "the same, contestable left out": UNDECIDED}
    table = Table("family", "attacks", *others, *shares, title=agreement_text(rows))
    for family, own in by_family(rows).items():
        counts = Counter(row.label for row in own)
        cells = [rate_text(share_right(own, left_out)) for left_out in shares.values()]
        table.add_row(family, str(len(own)), *(str(counts[label]) for label in others), *cells)
    return table


def agreement_text(rows: Sequence[LabelledAttack]) -> str:
    """How many labels were the same twice, and Cohen's kappa."""
    pairs = [(row.first, row.second) for row in rows if row.second is not None]
    if not pairs:
        return "read once"
    same, found = sum(one is other for one, other in pairs), kappa(pairs)
    beyond = "undefined" if found is None else f"{found:.3f}"
    return f"{same} of {len(pairs)} labels the same twice, Cohen's kappa {beyond}"
