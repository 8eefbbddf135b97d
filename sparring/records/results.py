"""What a round amounts to: shares, comparisons, dials, and the manifest that is written last."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from sparring.records.base import Count, Record
from sparring.records.learnt import MixPart


class Rate(Record):
    """A share with its 95 % Wilson interval, clustered by seed where rows are attacks. `value` is None over nothing.

    Attributes:
        not_scored: Rows that were asked and are not in `total`: no answer came, or the row itself is at fault.
    """

    count: Count
    total: Count
    value: Annotated[float, Field(ge=0.0, le=1.0)] | None
    low: float | None
    high: float | None
    not_scored: int = Field(default=0, ge=0, exclude_if=lambda rows: not rows)

    def of_asked(self, asked: int) -> "Rate":
        """The same share, of so many rows that were asked: those that are not in its total are named with it."""
        return self if asked == self.total else self.model_copy(update={"not_scored": asked - self.total})

    @model_validator(mode="after")
    def _of_something(self) -> "Rate":
        """A share over something has an interval, and one over nothing has neither."""
        if not 0 <= self.count <= self.total:
            raise ValueError(f"count {self.count} is not between 0 and {self.total}")
        if {self.value is None, self.low is None, self.high is None} != {self.total == 0}:
            raise ValueError("value, low and high are given where total is above 0, and nowhere else")
        return self


class Breadth(Record):
    """In how many ways attacks won: programs are the same where the operators are that changed something.

    Attributes:
        won: Attacks that won.
        programs: Different programs among them.
        effective: Exponential of the entropy of these; None where nothing was won. At most `programs`.
        leading: The operator that most of the won attacks used; None as above. Many programs may differ in courtesies.
        led: Won attacks that used it.
    """

    won: Count
    programs: Count
    effective: float | None
    leading: str | None
    led: Count


class Comparison(Record):
    """Two models on the same rows: after minus before, its score interval and its exact p-value, both by cluster.

    Attributes:
        effective_rows: As how many independent rows they tell, where several are a cluster; None where none are.
        left_out: Rows that at least one of the two was asked, and that are not scored for both.
        floor: What the difference is at least (one-sided, 95 %); None in a manifest older than this field.
        needed: Rows that would show what these leave open, were the difference as found; None where nothing is open, or
            no number of rows would.
    """

    rows: int
    difference: float
    low: float
    high: float
    p_value: float
    effective_rows: float | None = Field(default=None, exclude_if=lambda rows: rows is None)
    left_out: int = Field(default=0, exclude_if=lambda rows: not rows)
    floor: float | None = Field(default=None, exclude_if=lambda bound: bound is None)
    needed: int | None = Field(default=None, exclude_if=lambda rows: rows is None)


class DialSetting(Record):
    """One setting of the dials, and what the validation rows said of it.

    Attributes:
        scale: Share of the trained adapter in its mean with the champion's (of the baseline's: with none), in (0, 1].
        offset: Nats added to the margin of calling over declining, at the token of an answer that decides it.
        score: Right answers against the most that can be right in a part, mean over the parts, less what untouched
            rows lose against the champion (sparring/studies/dials.py); at most 1.
        error: Standard error of the mean.
        shares: Right answers by part: clean or attacked, with a call or without.
        measured: Whether the adapter that holds the setting was asked; else it is told from another one's margins.
    """

    scale: Annotated[float, Field(gt=0.0, le=1.0)]
    offset: float
    score: float
    error: float
    shares: dict[str, float]
    measured: bool


class Dial(Record):
    """What the dials were set to after a training, on validation rows alone.

    Attributes:
        scale: As in DialSetting: what was chosen.
        offset: As in DialSetting: what was chosen.
        rows: Validation rows by part.
        settings: All that were tried, as they were tried.
        champion: The champion's right answers among the untouched rows, by part; in the baseline those of the target as
            it was trained.
        moved: How far the offset in the adapter really moved the margin, mean over the rows, in nats; None without one.
        moved_sd: Its standard deviation over the rows.
        leak: Mean distance by which it moved the same margin at the later tokens of an answer.
    """

    scale: Annotated[float, Field(gt=0.0, le=1.0)]
    offset: float
    rows: dict[str, Count]
    settings: list[DialSetting]
    champion: dict[str, Count] = Field(default_factory=dict)
    moved: float | None = None
    moved_sd: float | None = None
    leak: float | None = None

    @field_validator("settings")
    @classmethod
    def _begun(cls, settings: list[DialSetting]) -> list[DialSetting]:
        """The first is the target as it was trained."""
        if not settings or (settings[0].scale, settings[0].offset) != (1.0, 0.0):
            raise ValueError("the first setting is the target as it was trained: scale 1, offset 0")
        return settings

    @property
    def chosen(self) -> DialSetting:
        """The setting that was chosen, as it was measured."""
        return next(
            one for one in self.settings if one.measured and (one.scale, one.offset) == (self.scale, self.offset)
        )


class MachineRates(Record):
    """What a machine computes in a second.

    Attributes:
        processor: Its name, and the instructions that are used.
        threads: Threads that worked.
        gflops: Billions of operations in matrix products of the base model's shapes, by number format.
        copy_gb: Gigabytes that are read and written by a copy.
        python_ms: Milliseconds in which Python compiles a text of 800 lines; None in rounds that were played before.
    """

    processor: str
    threads: int
    gflops: dict[str, float]
    copy_gb: float
    python_ms: float | None = None


Outcome = Literal["baseline", "promoted", "worse", "not_shown"]


class RoundResult(Record):
    """The manifest of a round, written last.

    Attributes:
        counts: Rows by file.
        rates: Shares with intervals, by name.
        comparisons: This round's target against the one before, by name.
        rejections: Attacks that each gate rejected.
        operators: Per operator of the attacks' programs, valid fraction and attack success.
        failures: The most frequent won attacks by kind and tool, one shown of each.
        rewards: Mean reward and valid fraction in the first and last quarter of the RL steps.
        curves: What RL logged at each of its steps, by name; empty where nothing was trained.
        breadth: Effective number of strategies, by whose attacks; empty in a manifest older than this field.
        mix: What the training set was drawn from; empty for the baseline, and in a manifest older than this field.
        payoffs: What each player won in this round; they add up to zero. None where no valid attack was scored.
        seconds: Wall time by step.
        inputs: SHA-256 of what the round was made from.
        outputs: SHA-256 of what the round wrote, by path from the root.
        promoted: Whether the target beat the one before without being worse elsewhere; None for the baseline.
        outcome: What was shown (sparring/studies/promotion.py); None in a manifest older than this field.
        champion: The round whose target the next round plays against: this one, where it is promoted.
        verdict: The reason for `outcome`, in one sentence.
        dtype: The number format of all weights; None in a manifest older than this field.
        machine: The machine that closed the round; None as above.
        peak_gb: Most memory that the process that closed it has held, in gigabytes; None as above.
        dial: What the target's dials were set to; None where the recipe has none.
        model: The base model, or the model that was audited; None in a manifest older than this field.
        data: Where the rows come from; None as above.
        unanswered: Rows of an audit without an answer, by reason.
        finished: When it was closed, e.g. "2026-11-28 14:03 UTC"; None as above.
    """

    round: str
    after: str | None
    seed: int
    counts: dict[str, Count]
    rates: dict[str, Rate]
    comparisons: dict[str, Comparison]
    rejections: dict[str, Count]
    operators: dict[str, dict[str, Rate]]
    failures: list[dict[str, Any]]
    rewards: dict[str, float]
    curves: dict[str, list[float | None]] = Field(default_factory=dict)
    breadth: dict[str, Breadth] = Field(default_factory=dict)
    mix: list[MixPart] = Field(default_factory=list)
    payoffs: dict[str, float | None]
    seconds: dict[str, float]
    inputs: dict[str, str]
    outputs: dict[str, str] = Field(default_factory=dict)
    versions: dict[str, str]
    promoted: bool | None
    outcome: Outcome | None = None
    champion: str
    verdict: str
    mlflow_run_id: str | None
    dtype: Literal["bfloat16", "float32"] | None = None
    machine: MachineRates | None = None
    peak_gb: float | None = None
    dial: Dial | None = None
    model: str | None = Field(default=None, exclude_if=lambda name: name is None)
    data: str | None = Field(default=None, exclude_if=lambda name: name is None)
    unanswered: dict[str, Count] = Field(default_factory=dict, exclude_if=lambda reasons: not reasons)
    finished: str | None = Field(default=None, exclude_if=lambda moment: moment is None)

    @field_validator("operators")
    @classmethod
    def _both_shares(cls, operators: dict[str, dict[str, Rate]]) -> dict[str, dict[str, Rate]]:
        """Each operator has the share of its attacks that are valid, and of those that won."""
        for name, shares in operators.items():
            if not {"valid", "success"} <= shares.keys():
                raise ValueError(f"{name}: valid and success are given together")
        return operators

    @field_validator("failures")
    @classmethod
    def _whole(cls, failures: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Each failure has its count and its texts."""
        for failure in failures:
            texts = [failure.get(name) for name in ("failure", "tool", "seed", "attack", "answer", "reason")]
            if not isinstance(failure.get("count"), int) or not all(isinstance(text, str) for text in texts):
                raise ValueError("a failure has a count, and failure, tool, seed, attack, answer and reason as texts")
        return failures
