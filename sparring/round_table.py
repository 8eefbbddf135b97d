"""What a person reads at the end of a round: one column a round, rates with intervals, rejections, top failures."""

from collections.abc import Sequence
from io import StringIO

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sparring.records import RoundResult
from sparring.tables import rate_text

ROWS = {
    "attack success, training seeds": "attack_success",
    "valid attacks, training seeds": "valid_fraction",
    "distinct seeds broken": "seeds_broken",
    "attack success, held out, before SFT": "heldout_success_before",
    "attack success, held out, after SFT": "heldout_success",
    "valid attacks, held out": "heldout_valid",
    "schema attacks, held out, before SFT": "schema_success_before",
    "schema attacks, held out, after SFT": "schema_success",
    "clean accuracy before": "clean_accuracy_before",
    "clean accuracy": "clean_accuracy",
    "no-call accuracy before": "no_call_accuracy_before",
    "no-call accuracy": "no_call_accuracy",
    "answers that do not parse": "unparseable",
}
WIDTH = 110
MAX_OPERATORS = 4


def round_table(rounds: Sequence[RoundResult], color: bool) -> str:
    """The rounds side by side, then for the last one: gate rejections and the most frequent failures."""
    out = StringIO()
    console = Console(file=out, width=WIDTH, force_terminal=color, color_system="standard" if color else None)
    table = Table("share (95 % interval, rows)", *(escape(played.round) for played in rounds))
    for label, name in ROWS.items():
        table.add_row(label, *(rate_text(played.rates.get(name)) for played in rounds))
    table.add_row("RL reward, first to last quarter", *(_trend(played, "total") for played in rounds))
    table.add_row("RL valid fraction, first to last", *(_trend(played, "valid") for played in rounds))
    console.print(table)
    last = rounds[-1]
    console.print(f"{last.round}: {escape(last.verdict)}")
    rejected = ", ".join(f"{escape(reason)} {count}" for reason, count in last.rejections.items())
    console.print(f"rejected by the gates: {rejected or 'none'}")
    shown = sorted(last.operators.items(), key=lambda item: -(item[1]["success"].value or 0.0))[:MAX_OPERATORS]
    for name, measures in shown:
        console.print(
            f"[bold]{escape(name)}[/bold]: "
            f"success {rate_text(measures['success'])}, valid {rate_text(measures['valid'])}"
        )
    for failure in last.failures:
        console.print(f"[bold]{failure['count']} x {failure['failure']}[/bold] with {escape(failure['tool'])}")
        for name in ("seed", "attack", "answer", "reason"):
            console.print(f"    {name:>6}: {escape(_short(failure[name]))}")
    return out.getvalue()


def _trend(played: RoundResult, name: str) -> str:
    first, last = (played.rewards.get(f"{name}_{part}_quarter") for part in ("first", "last"))
    return "-" if first is None or last is None else f"{first:.3f} to {last:.3f}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= WIDTH * 2 else line[: WIDTH * 2 - 1] + "…"
