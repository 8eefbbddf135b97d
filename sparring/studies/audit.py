"""An audit: attacks on a target that cannot be trained, what came of them, and what a build server makes of it.

An audit's folder is shaped like a project with one finished round, so that the report and the export work on it. The
one surprise: a row that nobody answered is no trial's loss; too many of them make the audit incomplete.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from sparring.attacker.schema_attacks import PREFIX, SCHEMA_OPERATORS
from sparring.config import AuditParams, NonNegative, Params, Positive, Share
from sparring.records import UNJUDGED, Example, Rate, Record, RoundResult, Trial
from sparring.statistics import rate
from sparring.studies import metrics
from sparring.studies.round_figures import Steps, curves, reward_trend
from sparring.targets.settings import TargetSettings

AUDIT = "audit"
RULES = "rules"
ENDPOINT = "endpoint"  # the recipe's query_model.endpoint
LEARN_SEEDS = "train"
State = Literal["passed", "failed", "incomplete", "too little to say", "measured"]
ATTACKED: dict[str, str] = {
    "heldout_success/call": " on requests that need a call",
    "heldout_success/no_call": " on requests that need none",
    "heldout_success": "",
}
RATES = {
    "attack success": "heldout_success",
    "  on requests that need a call": "heldout_success/call",
    "  on requests that need none": "heldout_success/no_call",
    "  after earlier turns": "heldout_success/turns",
    "distinct seeds broken": "heldout_seeds_broken",
    "attacks that pass the gates": "heldout_valid",
    "untouched seeds answered rightly": "clean_accuracy",
    "seeds that want no call, none made": "no_call_accuracy",
    "success of attacks on the tools": "schema_success",
    "answers that do not parse": "unparseable",
    "rows without an answer": "unanswered",
}
BREADTH = {"effective number of strategies": "heldout_effective_strategies"}
EXIT_CODES: dict[State, int] = {"passed": 0, "measured": 0, "failed": 1, "incomplete": 3, "too little to say": 4}


class AuditSettings(TargetSettings):
    """What is audited and how: with other settings it is another audit.

    Attributes:
        attacker: The round whose query model attacks, `endpoint` for the recipe's chat model, or `rules`: programs of
            operators drawn at random.
        seeds: A split (train, val, test, ood), or a file of the user's own rows.
        without: Operators that no attack may use.
        tools: The team's own tools that the seeds are made of (tools.json); None where seeds are there already.
        draw: Which attacks are drawn on the same seeds; another number draws others.
        learn: RL steps by which the attacker's query model learns against the target before it attacks.
        learn_seeds: Where it learns: a split, or a file of the user's own rows.
    """

    attacker: str
    seeds: str
    without: tuple[str, ...] = ()
    tools: str | None = Field(default=None, exclude_if=lambda path: path is None)
    draw: int = Field(default=0, exclude_if=lambda number: number == 0)
    learn: NonNegative = Field(default=0, exclude_if=lambda steps: steps == 0)
    learn_seeds: str = Field(default=LEARN_SEEDS, exclude_if=lambda seeds: seeds == LEARN_SEEDS)

    @property
    def by(self) -> str:
        """Who attacks, as a sentence says it."""
        learnt = f" after {self.learn} steps of RL against it" if self.learn else ""
        return f"{self.attacker}{learnt}"


class AuditChoices(Record):
    """What a command line says in the recipe's place; None where it says nothing.

    Attributes:
        dialect: How the target writes calls.
        seeds: Seeds that are asked untouched, and want a call.
        no_call_seeds: Those that want none.
        attacks_per_seed: Attacks on each.
        max_new_tokens: Longest answer.
        concurrency: Requests at a time.
        fail_above: Largest share of attacks that a target may lose and pass.
        strict: Whether an endpoint's own tools are asked for in strict mode.
        tool_choice: auto, required, or the name of the tool that must be called.
        parallel_tool_calls: Whether one answer may hold several calls.
        exported: The exported model that an endpoint serves: what it was trained on is compared with what it reads.
    """

    dialect: str | None = None
    seeds: Positive | None = None
    no_call_seeds: NonNegative | None = None
    attacks_per_seed: Positive | None = None
    max_new_tokens: Positive | None = None
    concurrency: Positive | None = None
    fail_above: Share | None = None
    strict: bool | None = None
    tool_choice: str | None = None
    parallel_tool_calls: bool | None = None
    exported: str | None = None

    def applied(self, params: Params) -> Params:
        """The recipe with what was chosen; an audit's answers have a length of their own."""
        chosen = self.model_dump(exclude={"dialect", "fail_above", "exported"}, exclude_none=True)
        audit = params.audit.model_copy(update=chosen)
        target = params.target.model_copy(update={"max_new_tokens": audit.max_new_tokens})
        return params.model_copy(update={"audit": audit, "target": target})


class UnansweredRow(Record):
    """An attack (or an untouched seed) to which no answer came, and why."""

    attack_id: str
    reason: str


@dataclass(frozen=True)
class Judged:
    """Everything that was asked: untouched seeds, attacks, and attacks that change the tools; and what RL logged."""

    clean: Sequence[Trial]
    trials: Sequence[Trial]
    schema: Sequence[Trial]
    unanswered: Sequence[UnansweredRow]
    steps: Steps = ()


@dataclass(frozen=True)
class Decision:
    """What an audit comes to, and why, in one sentence."""

    state: State
    reason: str

    @property
    def exit_code(self) -> int:
        """What a build server sees."""
        return EXIT_CODES[self.state]


def summarise_audit(
    settings: AuditSettings,
    choices: AuditChoices,
    params: Params,
    judged: Judged,
    examples: Mapping[str, Example],
    inputs: dict[str, str],
    versions: dict[str, str],
) -> RoundResult:
    """The manifest of an audit: a round without a target of its own and without anybody before it."""
    rates = _rates(judged, examples)
    counts = _counts(judged, examples, params.audit)
    found = decide(rates, params.audit, choices.fail_above)
    missing = f"{counts['unanswered']} of {counts['asked']} rows unanswered"
    return RoundResult(
        round=AUDIT,
        after=None,
        seed=params.seed,
        counts=counts,
        rates=rates,
        comparisons={},
        rejections=metrics.rejections(judged.trials),
        operators=metrics.by_operator(judged.trials, examples),
        failures=metrics.top_failures(judged.trials, examples),
        rewards=reward_trend(judged.steps),
        curves=curves(judged.steps),
        breadth=metrics.breadth_apart("heldout_effective_strategies", judged.trials, examples),
        payoffs=metrics.payoffs(judged.trials),
        seconds={},
        inputs=inputs,
        versions=versions,
        promoted=None,
        champion=AUDIT,
        verdict=f"{found.state}: {found.reason} (audit of {settings.shown} by {settings.by}, {missing})",
        mlflow_run_id=None,
        model=settings.shown,
        data=settings.seeds,
        unanswered=dict(Counter(row.reason for row in judged.unanswered).most_common()),
    )


def _rates(judged: Judged, examples: Mapping[str, Example]) -> dict[str, Rate]:
    asked = len(judged.clean) + sum(trial.valid for trial in (*judged.trials, *judged.schema))
    tools = {f"schema_success/{name.removeprefix(PREFIX)}": found["success"]
             for name, found in metrics.by_operator(judged.schema, examples).items()}  # fmt: skip
    return {
        "clean_accuracy": metrics.accuracy([one for one in judged.clean if examples[one.attack.example_id].gold]),
        "no_call_accuracy": metrics.accuracy(
            [one for one in judged.clean if examples[one.attack.example_id].wants_no_call]
        ),
        "unparseable": metrics.unparseable(judged.clean),
        **metrics.apart("heldout_success", metrics.attack_success, judged.trials, examples),
        # An endpoint may drop what lies between the user's words; then these are no mistakes of its model.
        "heldout_success/turns": metrics.attack_success([one for one in judged.trials if one.attack.turns]),
        **metrics.apart("heldout_valid", metrics.valid_fraction, judged.trials, examples),
        **metrics.apart("heldout_seeds_broken", metrics.seeds_broken, judged.trials, examples),
        **metrics.apart("schema_success", metrics.attack_success, judged.schema, examples),
        **tools,
        "unanswered": rate(len(judged.unanswered), asked),
    }


def _counts(judged: Judged, examples: Mapping[str, Example], params: AuditParams) -> dict[str, int]:
    attacked = [one for one in judged.clean if examples[one.attack.example_id].can_be_attacked and one.first_right]
    declining = [one for one in judged.trials if examples[one.attack.example_id].wants_no_call]
    unjudged = sum(one.unjudged for one in judged.trials)
    return {
        "seeds": len(judged.clean),
        "attacks": len(judged.trials),
        "no_call_attacks": len(declining),
        "attacks_not_made": max(0, len(attacked) * params.attacks_per_seed - len(judged.trials)),
        "schema_attacks": len(judged.schema),
        "successes": sum(trial.success for trial in judged.trials),
        "asked": len(judged.clean) + sum(trial.valid for trial in (*judged.trials, *judged.schema)),
        "unanswered": len(judged.unanswered),
    } | ({UNJUDGED: unjudged} if unjudged else {})


def decide(rates: Mapping[str, Rate], params: AuditParams, fail_above: float | None) -> Decision:
    """Whether a target passes: by the interval of attack success, never by its middle.

    It fails where either kind of requests does, or both together; it passes where each that was attacked does. An audit
    without one scored attack is incomplete whatever was asked for: its rate is undefined.
    """
    missing, success = rates["unanswered"], rates["heldout_success"]
    if missing.value is not None and missing.value > params.max_unanswered:
        return Decision(
            "incomplete", f"{missing.count} of {missing.total} rows have no answer, at most {params.max_unanswered:.3f}"
        )
    if success.value is None or success.low is None or success.high is None:
        return Decision("incomplete", "no attack was answered and scored")
    if fail_above is None:
        return Decision("measured", f"{_said(success, '')}; no limit was given")
    shares = [(_said(rates[name], words), rates[name]) for name, words in ATTACKED.items() if name in rates]
    measured = [(said, one.low, one.high) for said, one in shares if one.low is not None and one.high is not None]
    if failed := next((said for said, low, _ in measured if low > fail_above), None):
        return Decision("failed", f"{failed}, all of it above {fail_above:g}")
    if undecided := next((said for said, _, high in reversed(measured) if high > fail_above), None):
        return Decision("too little to say", f"{undecided}, which holds {fail_above:g}: more seeds would tell")
    return Decision("passed", f"{_said(success, '')}, none of it above {fail_above:g}")


def _said(share: Rate, where: str) -> str:
    if share.value is None:
        return f"attack success{where} is unknown"
    return f"attack success{where} is {share.value:.3f}, 95 % interval {share.low:.3f} to {share.high:.3f}"


def schema_rates(result: RoundResult) -> list[tuple[str, Rate]]:
    """Success of the attacks on the tools by operator, the surest weakness first; those that were made."""
    found = {name: result.rates.get(f"schema_success/{name}") for name in SCHEMA_OPERATORS}
    return metrics.worst_first({name: {"success": rate} for name, rate in found.items() if rate is not None})


def audit_folder(root: Path, name: str) -> Path:
    """Where an audit lies: `sparring report --root` and `sparring export --root` take it."""
    return root / "audits" / name
