"""How many verdicts on real models' BFCL answers `strict` changes, and which of its rules on values change any.

    python -m benchmarks.strict_values FOLDER

FOLDER holds one result file a model, `NAME.jsonl.gz`. Each answer is read once, in the form of its file; its calls are
judged as the reference does, strictly, and strictly without one rule after the other. Java and JavaScript have no strict
values.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from sparring.checker import check, check_calls, strict_match, strict_strings
from sparring.checker.call_signs import is_prose
from sparring.records import Call, Example, Verdict
from sparring.schemas.descriptions import UNSTATED
from sparring.sources.bfcl import example, load_rows
from sparring.sources.wheels import fetch_wheel
from sparring.studies.answer_forms import AnswerForm
from sparring.studies.result_files import category_of, read_results
from sparring.studies.scoring import LANGUAGES, score_answers

ROOT = Path(__file__).parents[1]
RULES: dict[str, tuple[Any, str, Any]] = {
    "exact words": (strict_strings, "keep_exact_words", lambda text: (text, [])),
    "typographic twins": (strict_strings, "TWINS", {}),
    "stated defaults": (strict_match, "meant_default", lambda schema: UNSTATED),
}
Answered = tuple[str, Example, list[Call] | None, Verdict]  # id, row, calls, the reference's verdict


@contextmanager
def without(rule: str | None) -> Iterator[None]:
    """Strict checks without a rule; what was remembered with it is forgotten, before and after."""
    place, name, nothing = RULES.get(rule or "", (strict_strings, "TWINS", strict_strings.TWINS))
    kept = getattr(place, name)
    setattr(place, name, nothing)
    strict_strings.standardised.cache_clear()
    try:
        yield
    finally:
        setattr(place, name, kept)
        strict_strings.standardised.cache_clear()


def answers_of(path: Path, wheel: Path) -> list[Answered]:
    """One model's answers with the reference's verdicts, their calls under the tools' own names."""
    answers = read_results([path]).answers
    scored = score_answers(answers, wheel)
    rows = {row_id: row for c in {category_of(a.id) for a in answers} for row_id, row in load_rows(wheel, c).items()}
    return [
        (
            answer.id,
            (row := example(rows[answer.id])),
            _calls(answer.text, scored.form.form, row, scored.form.renamed),
            scored.verdicts[answer.id],
        )
        for answer in answers
    ]


def _calls(output: Any, form: AnswerForm, row: Example, renamed: bool) -> list[Call] | None:
    language = LANGUAGES.get(row.category, "python")
    own = {tool.name.replace(".", "_"): tool.name for tool in row.tools} if renamed else {}
    try:
        return [Call(name=own.get(name, name), arguments=given) for name, given in form.read(output, language)]
    except ValueError:  # a ParseError is one, and so is an argument without a name
        return [] if is_prose(output) else None


def verdicts(answered: Sequence[Answered], rule: str | None) -> list[Verdict]:
    """Strict verdicts without a rule; of answers that hold no readable call, that of a call which nobody can read."""
    with without(rule):
        fresh: Callable[[Example], Example] = lambda row: row.model_copy()  # noqa: E731  compiled anew
        return [
            check(row, "<tool_call>") if calls is None else check_calls(fresh(row), calls)
            for _, row, calls, _ in answered
        ]


def differences_table(answered: Sequence[Answered], strict: Sequence[Verdict]) -> Table:
    """What `strict` changes, by kind."""
    counts: Counter[str] = Counter()
    for (_, _, calls, ours), verdict in zip(answered, strict, strict=True):
        if ours.correct and not verdict.correct:
            counts[f"right, strictly {'a call that cannot be read' if calls is None else verdict.failure}"] += 1
        elif verdict.correct and not ours.correct:
            counts[f"{ours.failure} ({ours.error_type}), strictly right"] += 1
    table = Table("verdict of the reference, and of strict", "answers")
    for name, count in counts.most_common():
        table.add_row(name, str(count))
    table.add_row("all that differ", f"{counts.total()} of {len(answered)}")
    return table


def rules_table(answered: Sequence[Answered], strict: Sequence[Verdict]) -> Table:
    """What each rule on values changes, with the rows."""
    table = Table("rule", "right only with it", "wrong only with it", "rows")
    for rule in RULES:
        others = verdicts(answered, rule)
        moved = [
            (one, new) for one, new, old in zip(answered, strict, others, strict=True) if new.correct != old.correct
        ]
        rows = sorted({row_id for (row_id, _, _, _), _ in moved})
        gained = sum(new.correct for _, new in moved)
        table.add_row(rule, str(gained), str(len(moved) - gained), ", ".join(rows))
    return table


def main() -> None:
    """Command line."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("folder", type=Path)
    chosen = made.parse_args()
    wheel = fetch_wheel("bfcl-eval", ROOT / "data" / "raw")
    answered = [one for path in sorted(chosen.folder.glob("*.jsonl.gz")) for one in answers_of(path, wheel)]
    strict = verdicts(answered, None)
    console = Console(width=160)
    console.print(differences_table(answered, strict))
    console.print(rules_table(answered, strict))


if __name__ == "__main__":
    main()
