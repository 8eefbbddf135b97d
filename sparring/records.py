"""The rows that every step reads and writes: frozen, typed, one JSON object a line.

This module sits at the bottom of the library and imports nothing of it. The one surprise: `Verdict` is a plain
dataclass, since the checker makes tens of thousands a second, while rows that come from files are pydantic models.
Every column, with the files that have it: docs/design.md, "The files of a round".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Kind = Literal["call", "no_call"]
KINDS: tuple[Kind, ...] = ("call", "no_call")


Count = Annotated[int, Field(ge=0, lt=2**53)]  # of rows: what a figure can be drawn of


class Record(BaseModel):
    """Base of all rows: immutable; a key that is not a field is an error, and a number that JSON cannot write."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Tool(Record):
    """A function that the target may call. `parameters` is a JSON schema in BFCL's dialect."""

    name: str
    description: str = ""
    parameters: dict[str, Any]

    @field_validator("parameters")
    @classmethod
    def properties_are_schemas(cls, parameters: dict[str, Any]) -> dict[str, Any]:
        """Sources write what allows all or nothing as a schema: who reads a tool finds no bare true or false."""
        properties = parameters.get("properties", {})
        if not isinstance(properties, dict):
            raise ValueError("properties: expected schemas by name")
        for name, schema in properties.items():
            if not isinstance(schema, dict):
                raise ValueError(f"properties.{name}: expected a schema")
        return parameters


class Call(Record):
    """One function call: the name and its arguments by name."""

    name: str
    arguments: dict[str, Any]


class GoldCall(Record):
    """A right call: per argument the accepted values, in the form that sparring/gold.py describes.

    An empty string once among them means: may be left out.
    """

    name: str
    arguments: dict[str, list[Any]]


class Message(Record):
    """One chat message.

    Attributes:
        role: Who says it.
        content: The text; empty where the assistant only called.
        tool_calls: What the assistant called in an earlier turn.
        call_ids: Their ids, where the conversation numbers them; as many as there are calls.
        tool_call_id: Which call a tool's message answers, where the conversation numbers them.
    """

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    tool_calls: list[Call] = Field(default=[], exclude_if=lambda calls: not calls)
    call_ids: list[str] = Field(default=[], exclude_if=lambda ids: not ids)
    tool_call_id: str | None = Field(default=None, exclude_if=lambda call_id: call_id is None)

    @property
    def line(self) -> str:
        """Who says it and what, as a person reads it."""
        calls = [f"{call.name}{call.arguments}" for call in self.tool_calls]
        return f"{self.role}: {' '.join([self.content] * bool(self.content) + calls)}"


class Example(Record):
    """A seed: tools, conversation and the right calls. `gold` empty means that no call is right.

    Categories are BFCL's names: "parallel" in the name allows several calls, "multiple" several tools, "irrelevance"
    wants no call, "relevance" wants any call (its gold is unknown).
    """

    id: str
    source: str
    category: str
    tools: list[Tool]
    messages: list[Message]
    gold: list[GoldCall]
    language: Literal["python", "java", "javascript"] = "python"

    @property
    def query(self) -> str:
        """Content of the last user message: the text that an attack replaces. Raises ValueError where there is none."""
        for message in reversed(self.messages):
            if message.role == "user":
                return message.content
        raise ValueError(f"example {self.id} has no user message")

    @property
    def wants_no_call(self) -> bool:
        """Whether the right answer is to call nothing."""
        return "irrelevance" in self.category

    @property
    def kind(self) -> Kind:
        """What the right answer is: a call, or none."""
        return "no_call" if self.wants_no_call else "call"

    @property
    def can_be_attacked(self) -> bool:
        """Whether the right answer is known: the calls, or that there is none ("relevance" rows take any call)."""
        return bool(self.gold) or self.wants_no_call

    @property
    def tool_cluster(self) -> str:
        """The tool whose rows stand or fall together: the one to call, else the first there is, else the row's id."""
        if self.gold:
            return self.gold[0].name
        return self.tools[0].name if self.tools else self.id

    def with_query(self, query: str, turns: Sequence[Message] = ()) -> "Example":
        """The same example with its last user message replaced, and turns put before it."""
        last = max(i for i, m in enumerate(self.messages) if m.role == "user")
        messages = [*self.messages[:last], *turns, Message(role="user", content=query), *self.messages[last + 1 :]]
        return self.model_copy(update={"messages": messages})


class Failure(StrEnum):
    """Kinds of wrong answer."""

    UNPARSEABLE = "unparseable"
    NO_CALL = "no_call"
    WRONG_COUNT = "wrong_count"
    WRONG_FUNCTION = "wrong_function"
    MISSING_ARGUMENT = "missing_argument"
    UNEXPECTED_ARGUMENT = "unexpected_argument"
    WRONG_TYPE = "wrong_type"
    WRONG_VALUE = "wrong_value"
    UNWANTED_CALL = "unwanted_call"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the checker says of one answer.

    Attributes:
        correct: Whether the answer is right. False with `example_error` set means: not scored, never a model failure.
        failure: The kind of mistake; None when correct or when the example is at fault.
        error_type: The reference's error string, e.g. "value_error:string"; None when correct.
        detail: One readable sentence: which call, which argument, what was expected and what came.
        call: Index of the offending call, from 0.
        argument: Name of the offending argument.
        example_error: Why the example itself cannot be scored.
    """

    correct: bool
    failure: Failure | None = None
    error_type: str | None = None
    detail: str = ""
    call: int | None = None
    argument: str | None = None
    example_error: str | None = None


def conversation(turns: Sequence[Message], query: str) -> str:
    """Turns and the request after them as one text; without turns the request as it is."""
    return "\n".join([*(message.line for message in turns), query])


class Attack(Record):
    """A rewritten query. `strategy` names how it was made (an operator program, or "rewrite").

    Attributes:
        turns: What was said and called before it; where there is any, the attack is a conversation.
    """

    id: str
    example_id: str
    query: str
    strategy: str
    round: str
    seed: int
    turns: list[Message] = Field(default=[], exclude_if=lambda turns: not turns)

    @property
    def text(self) -> str:
        """All of it as one text: two attacks of the same text on one seed are one."""
        return conversation(self.turns, self.query)


class GatedAttack(Record):
    """An attack that the gates have seen; `rejected_by` names the first that rejects it, None where all pass."""

    attack: Attack
    rejected_by: str | None


class Completion(Record):
    """One answer of the target to one attack; `sample` counts from 0."""

    attack_id: str
    sample: int
    text: str


UNJUDGED = "unjudged"


class Trial(Record):
    """A judged attack.

    Attributes:
        attack: What was asked.
        completions: The target's answers.
        rejected_by: The gate's reason (then nothing was rolled out), or why the judge set it aside; else None.
        verdicts: Of the answers; none where it was set aside.
    """

    attack: Attack
    completions: list[Completion]
    rejected_by: str | None
    verdicts: list[Verdict]

    @property
    def valid(self) -> bool:
        """Whether every gate passed."""
        return self.rejected_by is None

    @property
    def unjudged(self) -> bool:
        """Whether the judge of lost trials gave no answer about this one: it counts nowhere and trains nothing."""
        return self.rejected_by == UNJUDGED

    @property
    def scored(self) -> list[Verdict]:
        """The verdicts that count: those not spoilt by a fault of the example."""
        return [verdict for verdict in self.verdicts if verdict.example_error is None]

    @property
    def pass_rate(self) -> float | None:
        """Share of the target's answers that are right, in [0, 1]; None where nothing was scored."""
        scored = self.scored
        return sum(verdict.correct for verdict in scored) / len(scored) if scored else None

    @property
    def first_right(self) -> bool | None:
        """Whether the target's first scored answer is right; None where nothing was scored."""
        scored = self.scored
        return scored[0].correct if scored else None

    @property
    def success(self) -> bool:
        """Valid, and the target's first answer is wrong: the attack won."""
        return self.valid and self.first_right is False


class SFTExample(Record):
    """A training row of the target: conversation, tools and the text it should answer.

    Attributes:
        origin: An attack, one of the mistake book, the untouched seed of either, or another untouched seed.
        attacker: Who wrote the attack: the query model of a round by its name, "rules" or "schema"; None untouched.
        rejected: What the target answered wrongly to this very row; None where it is right or was not asked.
    """

    id: str
    messages: list[Message]
    tools: list[Tool]
    completion: str
    origin: Literal["attack", "replay", "twin", "clean", "no_call"]
    attacker: str | None = Field(default=None, exclude_if=lambda name: name is None)
    rejected: str | None = Field(default=None, exclude_if=lambda text: text is None)

    @property
    def untouched(self) -> bool:
        """Whether it asks what the seed asks: nobody attacked it."""
        return self.origin not in ("attack", "replay")


class MixPart(Record):
    """Rows of a training set that have everything here in common, `lost` of them answered wrongly by the target."""

    origin: Literal["attack", "replay", "twin", "clean", "no_call"]
    kind: Literal["call", "no_call"]
    attacker: str | None
    rows: Count
    lost: Count


class Mistake(Record):
    """An attack that the target lost, with its weight in the mistake book: +1 on a failure, -1 on a pass, out at 0."""

    attack: Attack
    score: int


class Elite(Record):
    """A won attack in the archive; each of its operators, with kind of failure and tool, is one of its cells.

    Attributes:
        operators: That changed something, without their order; the strategy's name where it is no program.
    """

    category: str
    tool: str
    failure: str
    operators: list[str] = Field(default_factory=list)
    attack: Attack

    @property
    def way(self) -> tuple[str, ...]:
        """Its operators; of a row older than that field its strategy."""
        return tuple(self.operators) or (self.attack.strategy,)

    @property
    def cells(self) -> list[tuple[str, str, str]]:
        """Operator, kind of failure and tool, for each of its operators."""
        return [(operator, self.failure, self.tool) for operator in self.way]


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
        champion: The champion's right answers among the untouched rows, by part; empty in the baseline.
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
    """

    processor: str
    threads: int
    gflops: dict[str, float]
    copy_gb: float


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
    curves: dict[str, list[float | None]] = {}
    breadth: dict[str, Breadth] = {}
    mix: list[MixPart] = []
    payoffs: dict[str, float | None]
    seconds: dict[str, float]
    inputs: dict[str, str]
    outputs: dict[str, str] = {}
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


def by_id(examples: Iterable[Example]) -> dict[str, Example]:
    """Examples by id. Raises ValueError on a repeated id."""
    found: dict[str, Example] = {}
    for example in examples:
        if example.id in found:
            raise ValueError(f"example id {example.id} occurs twice")
        found[example.id] = example
    return found
