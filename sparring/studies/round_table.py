"""What a person reads at the end of a round: one column a round, rates with intervals, rejections, top failures."""

from collections.abc import Sequence
from io import StringIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sparring.records import UNJUDGED, RoundResult
from sparring.studies.dials import dial_text
from sparring.studies.mix_table import mix_table
from sparring.tables import breadth_text, rate_text
from sparring.visible_text import heading, plain_text, visible

ROWS = {
    "attack success, training seeds": "attack_success",
    "  of seeds that want a call": "attack_success/call",
    "  of seeds that want none": "attack_success/no_call",
    "valid attacks, training seeds": "valid_fraction",
    "distinct seeds broken": "seeds_broken",
    "attack success, held out, before SFT": "heldout_success_before",
    "  of seeds that want a call, before": "heldout_success_before/call",
    "  of seeds that want none, before": "heldout_success_before/no_call",
    "attack success, held out, after SFT": "heldout_success",
    "  of seeds that want a call, after": "heldout_success/call",
    "  of seeds that want none, after": "heldout_success/no_call",
    "valid attacks, held out": "heldout_valid",
    "schema attacks, held out, before SFT": "schema_success_before",
    "schema attacks, held out, after SFT": "schema_success",
    "clean accuracy before": "clean_accuracy_before",
    "clean accuracy": "clean_accuracy",
    "no-call accuracy before": "no_call_accuracy_before",
    "no-call accuracy": "no_call_accuracy",
    "answers that do not parse": "unparseable",
}
BREADTH = {
    "effective number of strategies, training seeds": "effective_strategies",
    "  held out, before SFT": "heldout_effective_strategies_before",
    "  held out, after SFT": "heldout_effective_strategies",
}
WIDTH = 110
MAX_OPERATORS = 4


def round_table(rounds: Sequence[RoundResult], color: bool) -> str:
    """The rounds side by side, then for the last one: gate rejections and the most frequent failures."""
    out = StringIO()
    console = Console(file=out, width=WIDTH, force_terminal=color, color_system="standard" if color else None)
    table = Table("share (95 % interval, rows)", *(heading(played.round) for played in rounds))
    for label, name in ROWS.items():
        table.add_row(label, *(rate_text(played.rates.get(name)) for played in rounds))
    for label, name in BREADTH.items():
        table.add_row(label, *(breadth_text(played.breadth.get(name)) for played in rounds))
    table.add_row("RL reward, first to last quarter", *(_trend(played, "total") for played in rounds))
    table.add_row("RL valid fraction, first to last", *(_trend(played, "valid") for played in rounds))
    if any(played.dial is not None for played in rounds):
        table.add_row("dials: share of the training, offset", *(dial_text(played.dial) for played in rounds))
    console.print(table)
    last = rounds[-1]
    for played in rounds:
        if played is last or played.outcome not in (None, "baseline"):
            console.print(plain_text(f"{played.round}: {played.verdict}"))
    if last.promoted is not None:
        console.print(plain_text(f"champion after {last.round}: {last.champion}"))
    if last.mix:
        console.print(plain_text(mix_table(last.mix)), end="")
    rejected = ", ".join(f"{reason} {count}" for reason, count in last.rejections.items())
    console.print(plain_text(f"rejected by the gates: {rejected or 'none'}"))
    if left := sum(count for name, count in last.counts.items() if name.endswith(UNJUDGED)):
        console.print(f"attacks that judge or readers did not answer about, counted nowhere: {left}")
    shown = sorted(last.operators.items(), key=lambda item: -(item[1]["success"].value or 0.0))[:MAX_OPERATORS]
    for name, measures in shown:
        found = f"success {rate_text(measures['success'])}, valid {rate_text(measures['valid'])}"
        console.print(_bold(name) + f": {found}")
    for failure in last.failures:
        console.print(_bold(f"{failure['count']} x {failure['failure']}") + plain_text(f" with {failure['tool']}"))
        for name in ("seed", "attack", "answer", "reason"):
            console.print(plain_text(f"    {name:>6}: {_short(failure[name])}"))
    return out.getvalue()


def _bold(text: str) -> Text:
    return Text.assemble((visible(text), "bold"))


def _trend(played: RoundResult, name: str) -> str:
    first, last = (played.rewards.get(f"{name}_{part}_quarter") for part in ("first", "last"))
    return "-" if first is None or last is None else f"{first:.3f} to {last:.3f}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= WIDTH * 2 else line[: WIDTH * 2 - 1] + "…"
