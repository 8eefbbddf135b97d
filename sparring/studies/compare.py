"""Two rounds side by side, of one experiment or of two: every rate with its interval, every difference with its test.

Untouched held-out rows that both answered are compared row by row (exact McNemar, bootstrap by tool); attacks, which
differ between experiments, as independent samples (Newcombe's interval, Fisher's exact test). Holm over all tests.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from rich.table import Table
from scipy.stats import fisher_exact
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

from sparring.records import Example, Rate, Record, RoundResult, Trial
from sparring.statistics import paired_difference, paired_p_value, rate
from sparring.storage import InputError, RoundPaths, read_jsonl, read_record
from sparring.studies.promotion import cluster_of
from sparring.tables import difference_text, rate_text, table_text
from sparring.visible_text import heading, plain_text

INDEPENDENT = ("attack_success", "valid_fraction", "heldout_success", "heldout_valid")
SPLITS = ("train", "val", "test", "ood")


class Side(Record):
    """What is compared: a round of a project."""

    project: str
    round: str


class Difference(Record):
    """One metric on both sides.

    Attributes:
        metric: Its name in round.json.
        before: The first side.
        after: The second side.
        difference: Second minus first.
        low: Lower bound of its 95 % interval.
        high: Upper bound.
        p_value: Two-sided, Holm-corrected over the table.
        rows: Rows that both sides answered where the test is paired; None where the samples are independent.
    """

    metric: str
    before: Rate
    after: Rate
    difference: float
    low: float
    high: float
    p_value: float
    rows: int | None


class CompareResult(Record):
    """The whole comparison."""

    before: Side
    after: Side
    differences: list[Difference]


def compare_rounds(before: RoundPaths, after: RoundPaths, seed: int) -> CompareResult:
    """All metrics that both rounds have.

    Raises:
        InputError: A round is missing, or the two have nothing in common.
    """
    found = [*_paired(before, after, seed), *_independent(_manifest(before), _manifest(after))]
    if not found:
        raise InputError(f"{before.folder} and {after.folder} have no metric in common")
    corrected = multipletests([each.p_value for each in found], method="holm")[1]
    return CompareResult(
        before=Side(project=str(before.root), round=before.round),
        after=Side(project=str(after.root), round=after.round),
        differences=[
            each.model_copy(update={"p_value": float(p_value)}) for each, p_value in zip(found, corrected, strict=True)
        ],
    )


def _manifest(paths: RoundPaths) -> RoundResult:
    if not paths.manifest.exists():
        raise InputError(f"{paths.manifest}: no such file; play the round first")
    return read_record(paths.manifest, RoundResult)


def _paired(before: RoundPaths, after: RoundPaths, seed: int) -> list[Difference]:
    """Clean and no-call accuracy on the untouched rows that both targets answered."""
    for paths in (before, after):
        _manifest(paths)
    examples = _examples(after.root)
    earlier = {trial.attack.example_id: trial for trial in _clean(before) if trial.scored}
    pairs = [
        (examples[trial.attack.example_id], earlier[trial.attack.example_id], trial)
        for trial in _clean(after)
        if trial.scored and trial.attack.example_id in earlier and trial.attack.example_id in examples
    ]
    kinds: list[tuple[str, Callable[[Example], bool]]] = [
        ("clean_accuracy", lambda example: bool(example.gold)),
        ("no_call_accuracy", lambda example: example.wants_no_call),
    ]
    found = []
    for metric, wanted in kinds:
        kept = [(example, old, new) for example, old, new in pairs if wanted(example)]
        if not kept:
            continue
        was = [old.scored[0].correct for _, old, _ in kept]
        now = [new.scored[0].correct for _, _, new in kept]
        difference, low, high = paired_difference(was, now, [cluster_of(example) for example, _, _ in kept], seed)
        found.append(
            Difference(
                metric=metric,
                before=rate(sum(was), len(was)),
                after=rate(sum(now), len(now)),
                difference=difference,
                low=low,
                high=high,
                p_value=paired_p_value(was, now),
                rows=len(kept),
            )
        )
    return found


def _independent(before: RoundResult, after: RoundResult) -> list[Difference]:
    found = []
    for metric in INDEPENDENT:
        was, now = before.rates.get(metric), after.rates.get(metric)
        if was is None or now is None or was.value is None or now.value is None:
            continue
        low, high = confint_proportions_2indep(now.count, now.total, was.count, was.total, method="newcomb")
        table = [[now.count, now.total - now.count], [was.count, was.total - was.count]]
        found.append(
            Difference(
                metric=metric,
                before=was,
                after=now,
                difference=now.value - was.value,
                low=float(low),
                high=float(high),
                p_value=float(fisher_exact(table)[1]),
                rows=None,
            )
        )
    return found


def _clean(paths: RoundPaths) -> list[Trial]:
    path = paths.file("clean.jsonl")
    return read_jsonl(path, Trial) if path.exists() else []


def _examples(root: Path) -> dict[str, Example]:
    paths = [root / "data" / "splits" / f"{split}.jsonl" for split in SPLITS]
    return {example.id: example for path in paths if path.exists() for example in read_jsonl(path, Example)}


def compare_table(found: CompareResult) -> str:
    """The comparison as text."""
    titles = (heading(_title(side)) for side in (found.before, found.after))
    table = Table("metric", *titles, "difference", "p (Holm)", "test")
    for each in found.differences:
        table.add_row(*map(plain_text, _cells(each)))
    return table_text(table, 120)


def compare_markdown(found: CompareResult) -> str:
    """The comparison as a Markdown table."""
    head = ("metric", _title(found.before), _title(found.after), "difference", "p (Holm)", "test")
    lines = [head, ("---",) * len(head), *(_cells(each) for each in found.differences)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _title(side: Side) -> str:
    return f"{Path(side.project).name} {side.round}"


def _cells(each: Difference) -> Sequence[str]:
    test = "independent, Fisher" if each.rows is None else f"paired, McNemar, {each.rows} rows"
    moved = difference_text(each.difference, each.low, each.high)
    return (each.metric, rate_text(each.before), rate_text(each.after), moved, f"{each.p_value:.3f}", test)
