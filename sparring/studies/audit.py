"""An audit: attacks on a target that cannot be trained, what came of them, and what a build server makes of it.

An audit's folder is shaped like a project with one finished round, so that the report and the export work on it. The
one surprise: a row that nobody answered is no trial's loss; too many of them make the audit incomplete.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sparring.config import AuditParams
from sparring.records import Example, Rate, Record, RoundResult, Trial
from sparring.statistics import rate
from sparring.studies import metrics
from sparring.tables import not_scored_text
from sparring.targets.settings import TargetSettings
from sparring.visible_text import visible

AUDIT = "audit"
RULES = "rules"
PASSED, TOO_WEAK, INCOMPLETE = 0, 1, 3
SHOWN_ROWS = 5


class AuditSettings(TargetSettings):
    """What is audited and how: with other settings it is another audit.

    Attributes:
        attacker: The round whose query model attacks, or `rules`: programs of operators drawn at random.
        seeds: A split (train, val, test, ood), or a file of the user's own rows.
    """

    attacker: str
    seeds: str


class UnansweredRow(Record):
    """An attack (or an untouched seed) to which no answer came, and why."""

    attack_id: str
    reason: str


def summarise_audit(
    settings: AuditSettings,
    clean: Sequence[Trial],
    trials: Sequence[Trial],
    unanswered: Sequence[UnansweredRow],
    examples: Mapping[str, Example],
    seed: int,
    inputs: dict[str, str],
    versions: dict[str, str],
) -> RoundResult:
    """The manifest of an audit: a round without a target of its own and without anybody before it."""
    success = metrics.attack_success(trials)
    won = success.value or 0.0
    asked = len(clean) + sum(trial.valid for trial in trials)
    return RoundResult(
        round=AUDIT,
        after=None,
        seed=seed,
        counts={
            "seeds": len(clean),
            "attacks": len(trials),
            "successes": sum(trial.success for trial in trials),
            "asked": asked,
            "unanswered": len(unanswered),
        },
        rates={
            "clean_accuracy": metrics.accuracy(clean),
            "unparseable": metrics.unparseable(clean),
            "heldout_success": success,
            "heldout_valid": metrics.valid_fraction(trials),
            "heldout_seeds_broken": metrics.seeds_broken(trials),
            "unanswered": rate(len(unanswered), asked),
        },
        comparisons={},
        rejections=metrics.rejections(trials),
        operators=metrics.by_operator(trials),
        failures=metrics.top_failures(trials, examples),
        rewards={},
        payoffs={"query_model": won, "target": -won},
        seconds={},
        inputs=inputs,
        versions=versions,
        promoted=None,
        champion=AUDIT,
        verdict=f"audit of {settings.model} by {settings.attacker}, {len(unanswered)} of {asked} rows unanswered",
        mlflow_run_id=None,
    )


def exit_code(result: RoundResult, params: AuditParams, fail_above: float | None) -> int:
    """0: passed; 1: attack success is above `fail_above`; 3: too little was answered to say.

    An audit without one scored attack is incomplete whatever was asked for: its rate is undefined.
    """
    missing, success = result.rates["unanswered"].value, result.rates["heldout_success"].value
    if success is None or (missing is not None and missing > params.max_unanswered):
        return INCOMPLETE
    return TOO_WEAK if fail_above is not None and success > fail_above else PASSED


def audit_text(result: RoundResult, unanswered: Sequence[UnansweredRow]) -> str:
    """What a person reads at the end."""
    lines = [
        result.verdict,
        f"  untouched seeds answered rightly  {_shown(result.rates['clean_accuracy'])}",
        f"  attacks that pass the gates       {_shown(result.rates['heldout_valid'])}",
        f"  attack success                    {_shown(result.rates['heldout_success'])}",
        f"  distinct seeds broken             {_shown(result.rates['heldout_seeds_broken'])}",
    ]
    lines += [
        f"  {found['count']} x {found['failure']} with {found['tool']}: {_line(found)}" for found in result.failures
    ]
    lines += [f"  no answer: {row.attack_id}: {row.reason}" for row in unanswered[:SHOWN_ROWS]]
    if len(unanswered) > SHOWN_ROWS:
        lines.append(f"  no answer: {len(unanswered) - SHOWN_ROWS} more, see unanswered.jsonl")
    return visible("\n".join(lines))


def audit_folder(root: Path, name: str) -> Path:
    """Where an audit lies: `sparring report --root` and `sparring export --root` take it."""
    return root / "audits" / name


def _line(found: Mapping[str, Any]) -> str:
    return " ".join(str(found["attack"]).split())[:100]


def _shown(found: Rate) -> str:
    missing = not_scored_text(found)
    if found.value is None:
        return f"-{missing}"
    return f"{found.value:.3f} (95 % {found.low:.2f}-{found.high:.2f}, {found.count} of {found.total}{missing})"
