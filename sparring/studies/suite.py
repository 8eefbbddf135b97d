"""A whole suite of rows answered by one target: BFCL's own scores and summaries, and what they do not tell.

On BFCL's rows the reference's verdict counts, so that figures can stand beside the leaderboard; on a user's own rows
the strict check does. The surprise is `errata`: rows whose gold is known to be wrong, or which no answer satisfies, are
scored as the leaderboard does, and left out in a second figure.
"""

import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sparring.checker import check
from sparring.checker.errors import ParseError
from sparring.dialects import DIALECTS, Dialect
from sparring.markdown_text import escaped
from sparring.records import Example, Rate, Record, Verdict
from sparring.sources.bfcl import CATEGORIES, UNSATISFIABLE, WRONG_GOLD, example, load_rows
from sparring.statistics import rate
from sparring.studies.answer_forms import FORMS, PYTHONIC
from sparring.studies.scoring import CategoryScore, category_score, score_rows
from sparring.tables import not_scored_text
from sparring.targets.journal import JournalRow

ERRATA = UNSATISFIABLE | WRONG_GOLD
SIMPLE = ("simple_python", "simple_java", "simple_javascript")
LIVE = ("live_simple", "live_multiple", "live_parallel", "live_parallel_multiple")


class SuiteCost(Record):
    """What answering cost.

    Attributes:
        answered: Rows with an answer.
        unanswered: Rows without, by id the reason.
        tokens: Prompts and answers; None where the target does not tell.
        seconds_median: Wall seconds of a row; of a local model its share of a batch.
        seconds_p95: 95th percentile.
    """

    answered: int
    unanswered: dict[str, str]
    tokens: int | None
    seconds_median: float | None
    seconds_p95: float | None


class SuiteResult(Record):
    """A suite's scores.

    Attributes:
        name: The suite's run.
        model: Who answered.
        rows: "bfcl", or the file of the rows.
        categories: Score by category, errata on: every row counts.
        without_errata: Accuracy by category without the rows whose gold is known to be at fault; empty for own rows.
        summaries: BFCL's: `non_live_ast` (mean of simple, multiple, parallel, parallel_multiple; simple is itself the
            mean of three languages), `live_ast` (by rows), `irrelevance` (mean of both), `relevance`, and
            `single_turn`, the mean of the first three: they have the same weight in v4's overall score.
        cost: What answering cost.
    """

    name: str
    model: str
    rows: str
    categories: dict[str, CategoryScore]
    without_errata: dict[str, Rate]
    summaries: dict[str, float]
    cost: SuiteCost


def bfcl_rows(wheel: Path, categories: Sequence[str], per_category: int | None = None) -> list[Example]:
    """Rows of the categories, those of the errata too: what the leaderboard scores.

    Args:
        wheel: BFCL's data.
        categories: Which.
        per_category: Most rows of each, spread evenly over it; all where it is None.
    """
    return [
        example(row)
        for category in categories
        for row in _spread(list(load_rows(wheel, category).values()), per_category)
    ]


def _spread(rows: list[Any], most: int | None) -> list[Any]:
    if most is None or most >= len(rows):
        return rows
    return [rows[place * len(rows) // most] for place in range(most)]


def score_bfcl(
    asked: Sequence[Example], answers: Mapping[str, str], dialect: str, wheel: Path
) -> tuple[dict[str, Verdict], dict[str, CategoryScore]]:
    """The reference's verdicts and scores of answers in a dialect, whose calls have the tools' own names.

    Args:
        asked: The rows that were asked.
        answers: By row id.
        dialect: How calls are written; one that is not the pythonic one counts as function-calling output.
        wheel: BFCL's data.
    """
    rows: dict[str, dict[str, dict[str, Any]]] = {}
    for category in sorted({row.category for row in asked}):
        known = load_rows(wheel, category)
        rows[category] = {row.id: known[row.id] for row in asked if row.category == category}
    return score_rows(rows, answers, FORMS[dialect], renamed=False)


def bfcl_output(dialect: str, text: str) -> Any:
    """An answer as BFCL's result files hold it; text that is no call stays text.

    Function-calling output has underscores for dots there: the reference's handlers of such models expect them.
    """
    if dialect == PYTHONIC:
        return text
    try:
        calls = DIALECTS[dialect].parse(text)
    except ParseError:
        return text
    return [{name.replace(".", "_"): json.dumps(arguments)} for name, arguments in calls] if calls else text


def score_own(
    answers: Mapping[str, str], rows: Sequence[Example], dialect: Dialect
) -> tuple[dict[str, Verdict], dict[str, CategoryScore]]:
    """Strict verdicts and scores on a user's rows."""
    verdicts = {row.id: check(row, answers[row.id], parse=dialect.parse) for row in rows if row.id in answers}
    scores = {}
    for category in sorted({row.category for row in rows}):
        some = [row for row in rows if row.category == category]
        functions = {row.id: {call.name for call in row.gold} for row in some}
        found = {row.id: verdicts[row.id] for row in some if row.id in verdicts}
        scores[category] = category_score(found, functions)
    return verdicts, scores


def without_errata(
    verdicts: Mapping[str, Verdict], asked: Iterable[str], category_of: Callable[[str], str]
) -> dict[str, Rate]:
    """Accuracy by category over the rows whose gold is sound; those of them that are not scored are named with it.

    Args:
        verdicts: By row id.
        asked: Ids of all rows that were asked.
        category_of: Tells a row's category by its id.
    """
    counted: dict[str, list[bool]] = {}
    num_asked = Counter(category_of(row_id) for row_id in asked if row_id not in ERRATA)
    for row_id, verdict in verdicts.items():
        if row_id not in ERRATA and verdict.example_error is None:
            counted.setdefault(category_of(row_id), []).append(verdict.correct)
    return {
        category: rate(sum(found), len(found)).of_asked(num_asked[category])
        for category, found in sorted(counted.items())
    }


def bfcl_summaries(scores: Mapping[str, CategoryScore]) -> dict[str, float]:
    """BFCL's summaries, those whose categories are all there."""
    value = {name: score.accuracy.value for name, score in scores.items() if score.accuracy.value is not None}
    found: dict[str, float] = {}
    if {*SIMPLE, "multiple", "parallel", "parallel_multiple"} <= value.keys():
        simple = _mean([value[name] for name in SIMPLE])
        found["non_live_ast"] = _mean([simple, value["multiple"], value["parallel"], value["parallel_multiple"]])
    if set(LIVE) <= value.keys():
        shares = [scores[name].accuracy for name in LIVE]
        found["live_ast"] = sum(share.count for share in shares) / sum(share.total for share in shares)
    if {"irrelevance", "live_irrelevance"} <= value.keys():
        found["irrelevance"] = _mean([value["irrelevance"], value["live_irrelevance"]])
    if "live_relevance" in value:
        found["relevance"] = value["live_relevance"]
    if {"non_live_ast", "live_ast", "irrelevance"} <= found.keys():
        found["single_turn"] = _mean([found["non_live_ast"], found["live_ast"], found["irrelevance"]])
    return found


def suite_cost(rows: Sequence[JournalRow], unanswered: Mapping[str, str]) -> SuiteCost:
    """Cost of the answered rows."""
    seconds = sorted(row.seconds for row in rows if row.seconds is not None)
    return SuiteCost(
        answered=len(rows),
        unanswered=dict(unanswered),
        tokens=sum(row.tokens for row in rows) or None,
        seconds_median=_quantile(seconds, 0.5),
        seconds_p95=_quantile(seconds, 0.95),
    )


def suite_markdown(result: SuiteResult) -> str:
    """A table for a person, and for a comment of a build server; what servers and other people wrote in it is text."""
    lines = [
        f"# {escaped(result.name)}: {escaped(result.model)} on {escaped(result.rows)}",
        "",
        "| category | accuracy (95 %, rows) | without errata | macro per function | no answer | cannot be scored "
        "| wrong by kind |",
        "|---|---|---|---|---|---|---|",
    ]
    for category in sorted(result.categories, key=_rank):
        score = result.categories[category]
        macro = "-" if score.macro is None else f"{score.macro:.4f}"
        kinds = ", ".join(f"{escaped(kind)} {count}" for kind, count in score.failures.items())
        sound = _shown(result.without_errata.get(category))
        missing = f"{score.unanswered} | {len(score.example_errors)}"
        lines.append(f"| {escaped(category)} | {_shown(score.accuracy)} | {sound} | {macro} | {missing} | {kinds} |")
    lines += ["", *(f"- {escaped(name)}: {value:.4f}" for name, value in result.summaries.items())]
    num_missing = sum(score.unanswered + len(score.example_errors) for score in result.categories.values())
    if num_missing:
        lines += [f"- in no accuracy: {num_missing} rows, without an answer or not to be scored"]
    cost = result.cost
    seconds = "-" if cost.seconds_median is None else f"{cost.seconds_median:.2f} (p95 {cost.seconds_p95:.2f})"
    lines += [f"- answered {cost.answered}, no answer {len(cost.unanswered)}, tokens {cost.tokens or '-'}"]
    lines += [f"- seconds a row: {seconds}"]
    lines += [
        f"- no answer: {count} x {escaped(reason)}" for reason, count in Counter(cost.unanswered.values()).most_common()
    ]
    return "\n".join(lines) + "\n"


def _rank(category: str) -> tuple[int, str]:
    return (CATEGORIES.index(category) if category in CATEGORIES else len(CATEGORIES), category)


def _shown(found: Rate | None) -> str:
    if found is None or found.value is None:
        return "-"
    return f"{found.value:.4f} ({found.low:.3f}-{found.high:.3f}, {found.total}{not_scored_text(found)})"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _quantile(ordered: Sequence[float], share: float) -> float | None:
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] if ordered else None
