"""`sparring check`: score recorded answers offline, or measure agreement with recorded verdicts of the reference."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sparring.checker.agreement import agreement, agreement_line, read_recorded
from sparring.errors import InputError
from sparring.sources.wheels import fetch_wheel
from sparring.storage import write_jsonl
from sparring.studies.answer_forms import FORMS
from sparring.studies.result_files import Recorded, read_results
from sparring.studies.scoring import CategoryScore, RowVerdict, Scored, score_answers
from sparring.visible_text import plain_text, visible

MUST_AGREE = ("python", "fc")
MAX_NAMED = 5


def check(
    answers: Annotated[
        list[Path] | None, typer.Argument(help="one model's BFCL result files, or JSON lines {id, text}; .gz too")
    ] = None,
    cases: Annotated[
        Path | None, typer.Option(help="recorded verdicts of the reference: print agreement instead of a score")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="write the verdicts here, one JSON object a line")] = None,
    dialect: Annotated[
        str | None, typer.Option(help=f"how the calls are written (default: found): {', '.join(FORMS)}")
    ] = None,
    underscore_to_dot: Annotated[
        bool | None, typer.Option(help="function names have underscores for dots (default: found)", show_default=False)
    ] = None,
    show: Annotated[int, typer.Option(help="with --cases: name this many differing cases")] = 0,
) -> None:
    """Score recorded answers on BFCL's single-turn categories; the accuracy is the reference's own."""
    if cases is not None:
        _agreement(cases, show)
        return
    if not answers:
        raise InputError("nothing to check: give files of answers, or --cases FILE")
    recorded = read_results(answers)
    wheel = fetch_wheel("bfcl-eval", Path("data") / "raw")
    scored = score_answers(recorded.answers, wheel, dialect, underscore_to_dot)
    if out is not None:
        write_jsonl(out, [RowVerdict(id=row_id, verdict=verdict) for row_id, verdict in scored.verdicts.items()])
    typer.echo(f"form: {scored.form}")
    for line in _left_out(recorded, scored):
        typer.echo(line)
    Console(width=120).print(_table(scored.scores))


def _left_out(recorded: Recorded, scored: Scored) -> list[str]:
    """What was not scored, and why; never more than a few lines of each kind."""
    lines = [f"left out: {fault}" for fault in recorded.faulty[:MAX_NAMED]]
    lines += [f"left out: {row_id}: no such row today" for row_id in scored.unknown[:MAX_NAMED]]
    if (more := len(recorded.faulty) + len(scored.unknown) - len(lines)) > 0:
        lines.append(f"left out: {more} more")
    if recorded.elsewhere:
        counts = ", ".join(f"{category} {count}" for category, count in sorted(recorded.elsewhere.items()))
        lines.append(f"not scored here: {counts}")
    return lines


def _agreement(cases: Path, show: int) -> None:
    found = agreement(list(read_recorded(cases)))
    typer.echo(agreement_line(found))
    for line in found.differing[:show]:
        typer.echo(visible(f"  {line}"))
    if any(found.verdicts[group].value != 1.0 for group in MUST_AGREE if group in found.verdicts):
        raise SystemExit(1)


def _table(scores: dict[str, CategoryScore]) -> Table:
    table = Table("category", "accuracy (95 % interval, rows)", "macro per function", "unanswered", "wrong by kind")
    for category, found in scores.items():
        share = found.accuracy
        cell = "-" if share.value is None else f"{share.value:.4f} ({share.low:.3f}-{share.high:.3f}, {share.total})"
        kinds = ", ".join(f"{kind} {count}" for kind, count in found.failures.items())
        if found.example_errors:
            kinds += f"; {len(found.example_errors)} rows cannot be scored"
        macro = "-" if found.macro is None else f"{found.macro:.4f}"
        table.add_row(plain_text(category), cell, macro, str(found.unanswered), kinds)
    return table
