"""Two rounds side by side, of one experiment or of two: every rate with its interval, every difference with its test.

Untouched held-out rows that both answered are compared row by row (sparring/paired.py): those that decided promotions,
and apart from them those that nothing was chosen on (sparring/project/untouched.py). Attacks, which differ between
experiments, are independent samples of seeds (sparring/studies/unpaired.py). Holm over all tests.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pydantic import Field
from rich.table import Table

from sparring.errors import InputError
from sparring.manifests import read_manifest
from sparring.markdown_text import escaped
from sparring.paired import Paired
from sparring.records import Example, Rate, Record, Trial, by_id
from sparring.statistics import Counts, holm, rate
from sparring.storage import RoundPaths, read_jsonl
from sparring.studies.metrics import success_by_seed, valid_by_seed
from sparring.studies.promotion import tools_or_rows
from sparring.studies.unpaired import side_rate, stands_alone, unpaired_difference
from sparring.tables import difference_text, rate_text, table_text
from sparring.visible_text import heading, plain_text

INDEPENDENT: dict[str, tuple[str, Callable[[Sequence[Trial]], Counts]]] = {
    "attack_success": ("trials", success_by_seed),
    "valid_fraction": ("trials", valid_by_seed),
    "heldout_success": ("heldout", success_by_seed),
    "heldout_valid": ("heldout", valid_by_seed),
}
SPLITS = ("train", "val", "proof", "test", "ood")
KINDS: dict[str, Callable[[Example], bool]] = {
    "clean_accuracy": lambda example: bool(example.gold),
    "no_call_accuracy": lambda example: example.wants_no_call,
}


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
        test: Its name.
        left_out: Further rows of a paired test that one side at least was asked, and that are not scored for both.
    """

    metric: str
    before: Rate
    after: Rate
    difference: float
    low: float
    high: float
    p_value: float
    rows: int | None
    test: str
    left_out: int = Field(default=0, exclude_if=lambda rows: not rows)


class CompareResult(Record):
    """The whole comparison."""

    before: Side
    after: Side
    differences: list[Difference]


def compare_rounds(
    before: RoundPaths,
    after: RoundPaths,
    seed: int,
    untouched: Mapping[str, tuple[Sequence[Trial], Sequence[Trial]]] | None = None,
) -> CompareResult:
    """All metrics that both rounds have.

    Args:
        before: The first side.
        after: The second side.
        seed: Decides the draws of tests between independent samples.
        untouched: Trials of both on rows that nothing was chosen on, by split; named `METRIC/SPLIT`.

    Raises:
        InputError: A round is missing, or the two have nothing in common.
    """
    for paths in (before, after):
        read_manifest(paths)
    examples = _examples(after.root)
    found = _paired(_trials(before, "clean"), _trials(after, "clean"), examples, "")
    for split, sides in (untouched or {}).items():
        found += _paired(*sides, examples, f"/{split}")
    found += _independent(before, after, seed)
    if not found:
        raise InputError(f"{before.folder} and {after.folder} have no metric in common")
    corrected = holm({each.metric: each.p_value for each in found})
    return CompareResult(
        before=Side(project=str(before.root), round=before.round),
        after=Side(project=str(after.root), round=after.round),
        differences=[each.model_copy(update={"p_value": corrected[each.metric]}) for each in found],
    )


def _paired(
    was_asked: Sequence[Trial], is_asked: Sequence[Trial], examples: Mapping[str, Example], ending: str
) -> list[Difference]:
    """Clean and no-call accuracy on the untouched rows that both targets answered."""
    asked = {trial.attack.example_id for trial in (*was_asked, *is_asked)} & examples.keys()
    earlier = {trial.attack.example_id: trial.first_right for trial in was_asked}
    pairs = [
        (row, old, trial.first_right)
        for trial in is_asked
        if (row := trial.attack.example_id) in examples
        and trial.first_right is not None
        and (old := earlier.get(row)) is not None
    ]
    found = []
    for metric, wanted in KINDS.items():
        kept = [pair for pair in pairs if wanted(examples[pair[0]])]
        if not kept:
            continue
        rows, was, now = map(list, zip(*kept, strict=True))
        paired = Paired(was, now, clusters := tools_or_rows(rows, examples))
        low, high = paired.interval()
        found.append(
            Difference(
                metric=f"{metric}{ending}",
                before=rate(sum(was), len(was)),
                after=rate(sum(now), len(now)),
                difference=paired.difference,
                low=low,
                high=high,
                p_value=paired.p_value,
                rows=len(kept),
                test=f"paired, {'McNemar' if len(set(clusters)) == len(rows) else 'exact by tool'}, {len(kept)} rows",
                left_out=sum(wanted(examples[row_id]) for row_id in asked) - len(kept),
            )
        )
    return found


def _independent(before: RoundPaths, after: RoundPaths, seed: int) -> list[Difference]:
    """What both sides' attackers reached, where both have attacks that count."""
    found = []
    for metric, (name, counted) in INDEPENDENT.items():
        was, now = (counted(_trials(paths, name)) for paths in (before, after))
        if not any(rows for _, rows in was.values()) or not any(rows for _, rows in now.values()):
            continue
        difference, low, high, p_value = unpaired_difference(was, now, seed)
        alone = stands_alone(was) and stands_alone(now)
        found.append(
            Difference(
                metric=metric,
                before=side_rate(was),
                after=side_rate(now),
                difference=difference,
                low=low,
                high=high,
                p_value=p_value,
                rows=None,
                test="independent, Fisher" if alone else "independent, permutation by seed",
            )
        )
    return found


def _trials(paths: RoundPaths, name: str) -> list[Trial]:
    """Of a file of the round; none where the round has no such file (a baseline attacks no training seed)."""
    path = paths.file(f"{name}.jsonl")
    return read_jsonl(path, Trial) if path.exists() else []


def _examples(root: Path) -> dict[str, Example]:
    paths = [root / "data" / "splits" / f"{split}.jsonl" for split in SPLITS]
    return by_id(example for path in paths if path.exists() for example in read_jsonl(path, Example))


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
    rows = [map(escaped, line) for line in (head, *map(_cells, found.differences))]
    return "".join(f"| {' | '.join(line)} |\n" for line in (rows[0], ("---",) * len(head), *rows[1:]))


def _title(side: Side) -> str:
    return f"{Path(side.project).name} {side.round}"


def _cells(each: Difference) -> Sequence[str]:
    test = f"{each.test}, {each.left_out} left out" if each.left_out else each.test
    moved = difference_text(each.difference, each.low, each.high)
    return (
        each.metric,
        rate_text(each.before),
        rate_text(each.after),
        moved,
        f"{each.p_value:.3f}",
        test,
    )
