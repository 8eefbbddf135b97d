"""Offline scoring of recorded answers on BFCL: the reference's accuracy, and what it does not tell.

The answers are those of one model in one form (`answer_forms`). Rows that nobody answered are counted apart, never as
wrong. The surprise is the reference's: where no call is wanted, an answer that cannot be read is right.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sparring.checker.call_signs import is_prose
from sparring.checker.check import failure_of
from sparring.checker.errors import ExampleError, ParseError, keepable
from sparring.checker.python_text import DecodedCall
from sparring.checker.reference import fault_of_calls, fault_of_unread
from sparring.records import Failure, Rate, Record, Verdict
from sparring.sources.bfcl import load_rows
from sparring.statistics import rate
from sparring.studies.answer_forms import AnswerForm, Asked, FoundForm, find_form
from sparring.studies.result_files import Answer, category_of

LANGUAGES = {"simple_java": "java", "simple_javascript": "javascript"}


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


@dataclass(frozen=True)
class Scored:
    """What came of answers.

    Attributes:
        verdicts: By row id.
        scores: By category.
        form: How the answers were read.
        unknown: Answers whose id is no row of its category.
    """

    verdicts: dict[str, Verdict]
    scores: dict[str, CategoryScore]
    form: FoundForm
    unknown: list[str]


def score_answers(
    answers: Sequence[Answer], wheel: Path, dialect: str | None = None, renamed: bool | None = None
) -> Scored:
    """Verdicts by row id, and a score for each category that the answers touch.

    Args:
        answers: One model's.
        wheel: BFCL's data.
        dialect: Their form; found where it is None.
        renamed: Whether names have underscores for dots; found where it is None.

    Raises:
        InputError: The answers cannot be read.
    """
    rows = {category: load_rows(wheel, category) for category in sorted({category_of(a.id) for a in answers})}
    known = [answer for answer in answers if answer.id in rows[category_of(answer.id)]]
    form = find_form([_asked(rows[category_of(a.id)][a.id], a.text) for a in known], dialect, renamed)
    outputs = {answer.id: answer.text for answer in known if answer.text is not None}
    verdicts, scores = score_rows(rows, outputs, form.form, form.renamed)
    return Scored(verdicts, scores, form, [a.id for a in answers if a.id not in rows[category_of(a.id)]])


def score_rows(
    rows: Mapping[str, Mapping[str, dict[str, Any]]], outputs: Mapping[str, Any], form: AnswerForm, renamed: bool
) -> tuple[dict[str, Verdict], dict[str, CategoryScore]]:
    """Verdicts by row id, and a score for each category.

    Args:
        rows: By category and id, all rows that were asked.
        outputs: By id, the answers there are.
        form: How they are read.
        renamed: Whether their names have underscores for dots.
    """
    verdicts: dict[str, Verdict] = {}
    scores: dict[str, CategoryScore] = {}
    for category, some in rows.items():
        found = {i: verdict_on(row, outputs[i], form, renamed) for i, row in some.items() if i in outputs}
        functions = {row_id: {name for call in row["ground_truth"] for name in call} for row_id, row in some.items()}
        scores[category] = category_score(found, functions)
        verdicts |= found
    return verdicts, scores


def _asked(row: Mapping[str, Any], output: Any) -> Asked:
    category = row["category"]
    tools = [function["name"] for function in row["function"]]
    return Asked(output, LANGUAGES.get(category, "python"), "irrelevance" not in category, tools)


def verdict_on(row: Mapping[str, Any], output: Any, form: AnswerForm, renamed: bool) -> Verdict:
    """The reference's verdict on one answer to a raw BFCL row; prose is named as a call that was not made."""
    category, calls = row["category"], list[DecodedCall]()
    language = LANGUAGES.get(category, "python")
    unread: ParseError | None = None
    try:
        calls = form.read(output, language)
    except ParseError as error:
        unread = error
    try:
        if unread is not None:
            fault = fault_of_unread(unread, category)
        else:
            named = _as_shown(calls, row) if renamed else calls
            fault = fault_of_calls(row["function"], row["ground_truth"], named, category, language, renamed)
    except ExampleError as error:
        return Verdict(correct=False, example_error=f"{row['id']}: {error}")
    if fault is None:
        return Verdict(correct=True)
    error_type, argument, detail = fault
    failure = _failure(error_type, calls, unread, output)
    return Verdict(False, failure, error_type, keepable(detail), argument=argument and keepable(argument))


def _as_shown(calls: Sequence[DecodedCall], row: Mapping[str, Any]) -> list[DecodedCall]:
    """Calls under the names that the model was shown: a tool's own name, dots and all, is understood as well."""
    own = {function["name"] for function in row["function"]}
    return [(name.replace(".", "_") if name in own else name, arguments) for name, arguments in calls]


def _failure(error_type: str, calls: Sequence[DecodedCall], unread: ParseError | None, output: Any) -> Failure:
    if error_type == "irrelevance_error:decoder_success":
        return Failure.UNWANTED_CALL
    if error_type == "relevance_error:decoder_failed":
        return Failure.NO_CALL
    if unread is not None:
        return Failure.NO_CALL if is_prose(output) else Failure.UNPARSEABLE
    return failure_of(error_type, len(calls))


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
