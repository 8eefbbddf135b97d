"""Offline scoring of recorded answers on BFCL: the reference's accuracy, and what it does not tell.

Answers are BFCL result files (`{"id", "result"}` lines, the category in the file's name or the id) or our own lines
(`{"id", "text"}`). Rows that nobody answered are counted apart, never as wrong.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sparring.checker.check import failure_of
from sparring.checker.errors import ExampleError, ParseError
from sparring.checker.reference import OutputForm, decode_reference, reference_fault
from sparring.records import Failure, Rate, Record, Verdict
from sparring.sources.bfcl import CATEGORIES, load_rows
from sparring.statistics import rate
from sparring.storage import InputError, read_jsonl

LANGUAGES = {"simple_java": "java", "simple_javascript": "javascript"}


class Answer(Record):
    """One recorded answer: BFCL's `result` (text, or a list of calls in FC mode) or our `text`."""

    id: str
    text: Any


class RowVerdict(Record):
    """A line of verdicts.jsonl."""

    id: str
    verdict: Verdict


class CategoryScore(Record):
    """One category.

    Attributes:
        accuracy: The reference's accuracy, with its interval.
        macro: Mean over functions of the accuracy on their rows; None where no row names a function.
        unanswered: Rows of the category without an answer.
        failures: Wrong answers by kind; a failed parse and an abstention are kinds of their own.
        example_errors: Rows that cannot be scored.
    """

    accuracy: Rate
    macro: float | None
    unanswered: int
    failures: dict[str, int]
    example_errors: list[str]


def read_answers(path: Path) -> list[Answer]:
    """Answers of a file in either form.

    Raises:
        InputError: The file is missing, a row is broken, or an id stands twice.
    """
    from pydantic import ConfigDict

    class Line(Record):
        model_config = ConfigDict(frozen=True, extra="ignore")
        id: str
        text: Any = None
        result: Any = None

    lines = read_jsonl(path, Line)
    seen: set[str] = set()
    for number, line in enumerate(lines, start=1):
        if line.text is None and line.result is None:
            raise InputError(f"{path}:{number}: text: neither `text` nor `result` is given")
        if line.id in seen:
            raise InputError(f"{path}:{number}: id: {line.id} stands twice")
        seen.add(line.id)
    return [Answer(id=line.id, text=line.result if line.text is None else line.text) for line in lines]


def category_of(row_id: str) -> str:
    """The category that a BFCL id belongs to. Raises InputError where it is none of the single-turn ones."""
    found = re.sub(r"_\d+(?:-\d+)*$", "", row_id)
    if found not in CATEGORIES:
        raise InputError(f"row {row_id}: its category {found!r} is none of {', '.join(CATEGORIES)}")
    return found


def verdict_on(row: Mapping[str, Any], category: str, output: Any, fc: bool, underscore_to_dot: bool) -> Verdict:
    """The reference's verdict on one answer to a raw BFCL row."""
    language = LANGUAGES.get(category, "python")
    form = OutputForm("fc" if fc else "prompt", underscore_to_dot=underscore_to_dot)
    try:
        fault = reference_fault(row["function"], row.get("ground_truth", []), output, category, language, form)
    except ExampleError as error:
        return Verdict(correct=False, example_error=f"{row['id']}: {error}")
    if fault is None:
        return Verdict(correct=True)
    error_type, argument, detail = fault
    try:
        num_calls = len(decode_reference(output, language, form))
        failure = failure_of(error_type, num_calls)
    except ParseError:
        failure = Failure.UNPARSEABLE
    if error_type == "irrelevance_error:decoder_success":
        failure = Failure.UNWANTED_CALL
    elif error_type == "relevance_error:decoder_failed":
        failure = Failure.NO_CALL
    return Verdict(False, failure, error_type, detail, argument=argument)


def score_answers(
    answers: Sequence[Answer], wheel: Path, underscore_to_dot: bool
) -> tuple[dict[str, Verdict], dict[str, CategoryScore]]:
    """Verdicts by row id, and a score for each category that the answers touch.

    Raises:
        InputError: An id belongs to no row of its category.
    """
    by_category: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_category[category_of(answer.id)].append(answer)
    verdicts: dict[str, Verdict] = {}
    scores: dict[str, CategoryScore] = {}
    for category in sorted(by_category):
        rows = load_rows(wheel, category)
        for answer in by_category[category]:
            if answer.id not in rows:
                raise InputError(f"row {answer.id}: no such row in {category}")
            fc = not isinstance(answer.text, str)
            verdicts[answer.id] = verdict_on(rows[answer.id], category, answer.text, fc, underscore_to_dot)
        functions = {row_id: {name for call in row["ground_truth"] for name in call} for row_id, row in rows.items()}
        scores[category] = category_score({a.id: verdicts[a.id] for a in by_category[category]}, functions)
    return verdicts, scores


def category_score(verdicts: Mapping[str, Verdict], functions: Mapping[str, set[str]]) -> CategoryScore:
    """The score of one category.

    Args:
        verdicts: By id, of the rows that were answered.
        functions: By id, for every row of the category: the functions that its gold names.
    """
    scored = {row_id: verdict for row_id, verdict in verdicts.items() if verdict.example_error is None}
    kinds: dict[str, int] = defaultdict(int)
    by_function: dict[str, list[bool]] = defaultdict(list)
    for row_id, verdict in scored.items():
        if verdict.failure is not None:
            kinds[str(verdict.failure)] += 1
        for name in functions[row_id]:
            by_function[name].append(verdict.correct)
    means = [sum(found) / len(found) for found in by_function.values()]
    return CategoryScore(
        accuracy=rate(sum(verdict.correct for verdict in scored.values()), len(scored)),
        macro=sum(means) / len(means) if means else None,
        unanswered=len(functions) - len(verdicts),
        failures=dict(sorted(kinds.items(), key=lambda item: (-item[1], item[0]))),
        example_errors=[str(v.example_error) for v in verdicts.values() if v.example_error is not None],
    )
