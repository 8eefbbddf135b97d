"""`sparring check`: score recorded answers offline, or measure agreement with recorded verdicts of the reference."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from sparring.checker.agreement import agreement, agreement_line, read_recorded
from sparring.scoring import CategoryScore, RowVerdict, read_answers, score_answers
from sparring.sources.wheels import fetch_wheel
from sparring.storage import InputError, write_jsonl
from sparring.visible_text import plain_text, visible

MUST_AGREE = ("python", "fc")


def check(
    answers: Annotated[
        list[Path] | None, typer.Argument(help="BFCL result files, or JSON lines {id, text}; ids are BFCL's")
    ] = None,
    cases: Annotated[
        Path | None, typer.Option(help="recorded verdicts of the reference: print agreement instead of a score")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="write the verdicts here, one JSON object a line")] = None,
    underscore_to_dot: Annotated[
        bool, typer.Option(help="the model was shown function names with underscores for dots")
    ] = False,
    show: Annotated[int, typer.Option(help="with --cases: name this many differing cases")] = 0,
) -> None:
    """Score recorded answers on BFCL's single-turn categories; the accuracy is the reference's own."""
    if cases is not None:
        _agreement(cases, show)
        return
    if not answers:
        raise InputError("nothing to check: give files of answers, or --cases FILE")
    wheel = fetch_wheel("bfcl-eval", Path("data") / "raw")
    verdicts, scores = score_answers(
        [answer for path in answers for answer in read_answers(path)], wheel, underscore_to_dot
    )
    if out is not None:
        write_jsonl(out, [RowVerdict(id=row_id, verdict=verdict) for row_id, verdict in verdicts.items()])
    Console(width=120).print(_table(scores))


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
