"""The report's first screen: which model, whether to ship it and why, three figures, and what breaks most surely.

What decides is told by sparring/studies/shipping.py; a manifest that is older than a fact says so.
"""

from collections.abc import Sequence

from sparring.records import Record, RoundResult
from sparring.report.rounds import Observation, PlayedRound, is_audit
from sparring.report.weaknesses import Break, Weakness, breaks, weaknesses
from sparring.studies.shipping import KeyFigure, Shipping, audit_decision, key_figures, round_decision
from sparring.visible_text import shorten

NUM_BREAKS = 5
NUM_WEAKNESSES = 6
NOT_RECORDED = "not recorded"
SHOWN_VERSIONS = ("sparring", "torch", "transformers")


class FirstScreen(Record):
    """What decides.

    Attributes:
        facts: Model, data, date and versions; of a round its run too, for an audit is none.
        shipping: The decision.
        question: What it answers.
        reason: Why, in a sentence.
        figures: The three.
        breaks: Tools and arguments, the surest first.
        weaknesses: By name, the surest first.
    """

    facts: dict[str, str]
    shipping: Shipping
    question: str
    reason: str
    figures: tuple[KeyFigure, ...]
    breaks: tuple[Break, ...]
    weaknesses: tuple[Weakness, ...]


def first_screen(
    rounds: Sequence[PlayedRound], observations: Sequence[Observation], targets: Sequence[str]
) -> FirstScreen:
    """The first screen about the last round's target.

    Args:
        rounds: All finished rounds.
        observations: All judged requests.
        targets: The targets that lead to the last, from the first on.
    """
    result, audited = rounds[-1].result, is_audit(rounds)
    shipping, reason = audit_decision(result) if audited else round_decision(result)
    return FirstScreen(
        facts=_facts(result, audited),
        shipping=shipping,
        question=_question(result, audited),
        reason=reason,
        figures=key_figures(result),
        breaks=tuple(breaks(observations, targets, NUM_BREAKS)),
        weaknesses=tuple(weaknesses(observations, targets, rounds[-1], NUM_WEAKNESSES)),
    )


def _question(result: RoundResult, audited: bool) -> str:
    if audited:
        return f"Ship {shorten(result.model or 'this model', 60)}?"
    if result.promoted is None:
        return f"Ship the baseline {shorten(result.round, 40)}?"
    kept = result.champion if not result.promoted else (result.after or "")
    return f"Ship the model of {shorten(result.round, 40)} in place of that of {shorten(kept, 40)}?"


def _facts(result: RoundResult, audited: bool) -> dict[str, str]:
    """What was decided about, and where it stands; what an older manifest does not say is said to be not recorded."""
    model = shorten(result.model or NOT_RECORDED, 80)
    splits = next((digest for path, digest in sorted(result.inputs.items()) if path.startswith("data/splits")), "")
    data = shorten(result.data or NOT_RECORDED, 80)
    facts = {
        "model": model if audited else f"{model}, as {shorten(result.round, 40)} left it",
        "data": f"{data}, SHA-256 {splits[:12]}" if splits else data,
        "date": shorten(result.finished or NOT_RECORDED, 40),
        "versions": ", ".join(f"{name} {shorten(result.versions[name], 20)}" for name in SHOWN_VERSIONS
                              if name in result.versions) or NOT_RECORDED,
    }  # fmt: skip
    return facts if audited else facts | {"run": shorten(result.mlflow_run_id or "none in MLflow", 40)}
