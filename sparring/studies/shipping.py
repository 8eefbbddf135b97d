"""Whether to ship, and by which three figures: what report, terminal and tracker say first of a round or an audit.

The decision is the round's or the audit's own (sparring/studies/promotion.py, sparring/studies/audit.py), which
intervals decide; here it gets the words of somebody who ships or does not.
"""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from sparring.records import KINDS, Kind, Rate, Record, RoundResult
from sparring.visible_text import shorten

Shipping = Literal["ship", "do not ship", "too little to say"]
MAX_REASON_CHARS = 600
AUDIT_SHIPPING: dict[str, Shipping] = {"passed": "ship", "failed": "do not ship"}
ROUND_SHIPPING: dict[str, Shipping] = {"promoted": "ship", "worse": "do not ship"}
NAMED_OUTCOMES = frozenset({"promoted", "worse", "not shown", "lost", "won"})
HISTORY = ("round", "broken_under_attack", "right_without_attack", "calls_where_nothing_fits")


class KeyFigure(Record):
    """One of the three figures.

    Attributes:
        label: What is counted.
        good: Whether more of it is better.
        found: Of the model that is decided about.
        before: Of the model before it; None where there is none.
        of_kinds: `found` of each kind of request, where there are requests of both: an audit may fail by one kind.
    """

    label: str
    good: bool
    found: Rate | None
    before: Rate | None
    of_kinds: dict[Kind, Rate] = Field(default_factory=dict)

    @property
    def name(self) -> str:
        """The label as the name of a metric."""
        return self.label.replace(" ", "_")

    @property
    def value(self) -> float | None:
        """The share; None where it is undefined."""
        return None if self.found is None else self.found.value


def round_decision(result: RoundResult) -> tuple[Shipping, str]:
    """Whether a round's model may take the place of the one before, and why."""
    if result.promoted is None:
        return "too little to say", "A baseline has no model before it: nothing says that it is better than another."
    outcome = result.outcome or ("promoted" if result.promoted else "worse")
    named, _, reason = shorten(result.verdict, MAX_REASON_CHARS).partition(": ")
    said = reason if reason and named in NAMED_OUTCOMES else shorten(result.verdict, MAX_REASON_CHARS)
    return ROUND_SHIPPING.get(outcome, "too little to say"), sentence(said)


def audit_decision(result: RoundResult) -> tuple[Shipping, str]:
    """Whether an audited model passed, and why; without a limit nobody said what would be too much."""
    state, _, reason = shorten(result.verdict, MAX_REASON_CHARS).partition(": ")
    if state == "measured":
        reason = f"{reason}; with --fail-above a share, the audit decides"
    return AUDIT_SHIPPING.get(state, "too little to say"), sentence(reason)


def key_figures(result: RoundResult) -> tuple[KeyFigure, KeyFigure, KeyFigure]:
    """Broken under attack, right without one, and calling where nothing fits."""
    rates = result.rates
    attacked = {kind: rates[name] for kind in KINDS if (name := f"heldout_success/{kind}") in rates}
    both = len(attacked) == len(KINDS) and all(rate.total for rate in attacked.values())
    return (
        KeyFigure(label="broken under attack", good=False, found=rates.get("heldout_success"),
                  before=rates.get("heldout_success_before"), of_kinds=attacked if both else {}),
        KeyFigure(label="right without attack", good=True, found=rates.get("clean_accuracy"),
                  before=rates.get("clean_accuracy_before")),
        KeyFigure(label="calls where nothing fits", good=False, found=_rest(rates.get("no_call_accuracy")),
                  before=_rest(rates.get("no_call_accuracy_before"))),
    )  # fmt: skip


def slim_metrics(result: RoundResult) -> dict[str, float | str | None]:
    """What `dvc metrics show` has a column for: the three figures, and what the round came to."""
    return {"outcome": str(result.outcome), **{key.name: _rounded(key.value) for key in key_figures(result)}}


def history_csv(results: Sequence[RoundResult]) -> str:
    """The three figures over rounds, for `dvc plots`: one line a round; an undefined share is an empty cell."""
    lines = [",".join(HISTORY)]
    for result in results:
        shares = ["" if key.value is None else str(_rounded(key.value)) for key in key_figures(result)]
        lines.append(",".join([str(int(result.round.removeprefix("r"))), *shares]))
    return "\n".join(lines) + "\n"


def sentence(text: str) -> str:
    """A text with a capital and a stop."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _rest(found: Rate | None) -> Rate | None:
    """The share of all others: of rows that want no call, those on which something was called."""
    if found is None or found.value is None or found.low is None or found.high is None:
        return found
    turned = {
        "count": found.total - found.count,
        "value": 1 - found.value,
        "low": 1 - found.high,
        "high": 1 - found.low,
    }
    return found.model_copy(update=turned)
