"""An audit in words: what a person reads at the end on the screen, and the same as Markdown for a build server.

What a model or an endpoint wrote stands in code spans there: nothing in it takes effect.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sparring.markdown_text import code_span, escaped_line
from sparring.records import Rate, RoundResult
from sparring.studies import metrics
from sparring.studies.audit import BREADTH, RATES, UnansweredRow, schema_rates
from sparring.tables import breadth_text, not_scored_text
from sparring.visible_text import visible

SHOWN_ROWS = 5
SHOWN_OPERATORS = 10


def audit_text(
    result: RoundResult, unanswered: Sequence[UnansweredRow], cautions: Sequence[str] = (), about: Sequence[str] = ()
) -> str:
    """What a person reads at the end.

    Args:
        result: The audit.
        unanswered: Rows without an answer.
        cautions: What is to be known before a figure is believed.
        about: How the model was asked; tools and seeds of a team's own.
    """
    return visible("\n".join([*(f"caution: {one}" for one in cautions), *_lines(result, unanswered), *about]))


def audit_markdown(
    result: RoundResult, unanswered: Sequence[UnansweredRow], cautions: Sequence[str] = (), about: Sequence[str] = ()
) -> str:
    """The same for a comment of a build server, with every operator."""
    first = [line for one in cautions for line in ("", f"**Caution**: {escaped_line(one)}")]
    last = ["", "## How it was asked", "", *(f"- {escaped_line(sentence)}" for sentence in about)] if about else []
    return "\n".join(["# Audit", *first, *_markdown(result, unanswered), *last]) + "\n"


def rate_shown(found: Rate | None) -> str:
    """A share with its interval and counts; a dash where nothing was counted."""
    if found is None:
        return "-"
    missing = not_scored_text(found)
    if found.value is None:
        return f"-{missing}"
    return f"{found.value:.3f} (95 % {found.low:.2f}-{found.high:.2f}, {found.count} of {found.total}{missing})"


def _lines(result: RoundResult, unanswered: Sequence[UnansweredRow]) -> Iterator[str]:
    yield result.verdict
    width = max(map(len, RATES))
    for label, name in RATES.items():
        yield f"  {label:<{width}}  {rate_shown(result.rates.get(name))}"
    for label, name in BREADTH.items():
        yield f"  {label:<{width}}  {breadth_text(result.breadth.get(name))}"
    won = [(name, rate) for name, rate in metrics.worst_first(result.operators) if rate.count]
    if won:
        yield "ways to rewrite, the surest weakness first (attacks that used each):"
        yield from (f"  {name:<{width}}  {rate_shown(rate)}" for name, rate in won[:SHOWN_OPERATORS])
        if len(won) > SHOWN_OPERATORS:
            yield f"  {len(won) - SHOWN_OPERATORS} more won attacks too: summary.md has all"
    changed = [(name, rate) for name, rate in schema_rates(result) if rate.count]
    if changed:
        yield "changes of the tools, the surest weakness first:"
        yield from (f"  {name:<{width}}  {rate_shown(rate)}" for name, rate in changed)
    if result.failures:
        yield "most frequent mistakes under attack:"
        yield from (f"  {one['count']} x {one['failure']} with {one['tool']}: {_line(one)}" for one in result.failures)
    yield from (f"no answer: {count} x {reason}" for reason, count in result.unanswered.items())
    yield from (f"  no answer: {row.attack_id}: {row.reason}" for row in unanswered[:SHOWN_ROWS])
    if len(unanswered) > SHOWN_ROWS:
        yield f"  no answer: {len(unanswered) - SHOWN_ROWS} more, see unanswered.jsonl"


def _markdown(result: RoundResult, unanswered: Sequence[UnansweredRow]) -> Iterator[str]:
    yield from ("", code_span(result.verdict, 600), "", "| share | value (95 % interval) |", "|---|---|")
    yield from (f"| {label} | {rate_shown(result.rates.get(name))} |" for label, name in RATES.items())
    yield from (f"| {label} | {breadth_text(result.breadth.get(name))} |" for label, name in BREADTH.items())
    for title, rates in (
        ("Ways to rewrite, the surest weakness first", metrics.worst_first(result.operators)),
        ("Changes of the tools, the surest weakness first", schema_rates(result)),
    ):
        if rates:
            yield from ("", f"## {title}", "", "| operator | attack success (95 % interval) |", "|---|---|")
            yield from (f"| {code_span(name, 80)} | {rate_shown(rate)} |" for name, rate in rates)
    if result.failures:
        yield from ("", "## Most frequent mistakes under attack", "")
    for one in result.failures:
        yield f"- {one['count']} x {code_span(one['failure'])} with {code_span(one['tool'])}"
        yield from (f"  - {name} {code_span(str(one[name]))}" for name in ("seed", "attack", "answer", "reason"))
    if unanswered:
        yield from ("", "## Rows without an answer", "")
        yield from (f"- {count} x {code_span(reason)}" for reason, count in result.unanswered.items())
        yield from (f"- {code_span(row.attack_id)}: {code_span(row.reason)}" for row in unanswered[:SHOWN_ROWS])
        if len(unanswered) > SHOWN_ROWS:
            yield f"- {len(unanswered) - SHOWN_ROWS} more, in unanswered.jsonl"


def _line(found: Mapping[str, Any]) -> str:
    return " ".join(str(found["attack"]).split())[:100]
