"""Typed, frozen mirror of params.yaml: the defaults of the recipe live in that file, once, and never here.

An unknown key, a wrong type and a value outside its range are refused with one line that names the file, the key and
what is allowed.
"""

from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from sparring.errors import InputError
from sparring.names import check_root, model_name, plain_name, round_name
from sparring.secrets_in_text import refuse_secret
from sparring.storage import read_text
from sparring.yaml_text import read_yaml

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[int, Field(ge=1)]
NonNegative = Annotated[int, Field(ge=0)]
Rate = Annotated[float, Field(gt=0.0, le=1.0)]
ModelName = Annotated[str, AfterValidator(model_name)]
BASELINE = "r00"
AUTO: Final = "auto"
NumberFormat = Literal["bfloat16", "float32"]
Action = Literal["program", "rewrite"]
# An update of the target is a file, and goes by its name. They are listed, not imported: a recipe is read where no
# torch is, and a stage that only reads one does not depend on how the target learns.
UPDATES = Path(__file__).parent / "training" / "updates"
NO_UPDATES = ("__init__", "base")


def update_name(name: str) -> str:
    """The name, if there is such an update. Raises ValueError."""
    allowed = sorted(path.stem for path in UPDATES.glob("*.py") if path.stem not in NO_UPDATES)
    if name not in allowed:
        raise ValueError(f"{name!r} is no update; allowed: {', '.join(allowed)}")
    return name


# How far a served model comes and not what it says: a round that it stopped goes on with more of it.
SERVED: set[str] = {
    "key_variable",
    "concurrency",
    "timeout_s",
    "max_attempts",
    "max_requests",
    "max_tokens",
    "max_new_tokens",
}
PATIENCE: dict[str, Any] = {
    "judge": SERVED,
    "query_model": {"endpoint": SERVED},
    "gates": {"readers": {"models": {"__all__": {"key_variable"}}}},
}


class Section(BaseModel):
    """Base of all sections: immutable, unknown keys and numbers that are none refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class DataParams(Section):
    """Where examples come from and how they are split.

    Attributes:
        source: A data set of sparring/sources.
        path: The user's file; null for a data set of its own.
        categories: What is split by tool into train, val and test.
        ood_categories: Those of them that are only ever tested on.
        practice_categories: Further ones, which nobody is asked or attacks: they fill a warm start that wants more rows
            than train has.
        split: What keeps rows on one side: their tools, or, where every row shows the same ones, queries and right
            calls that are alike.
        train_share: Share of the groups of tools (or of queries) that train.
        val_share: Share that validates; the rest tests.
        tool_removed: So many training rows of several tools are learnt once more without the tool that they call for.
        max_prompt_chars: Longer tool documents are left out.
        max_rejected: Largest share of rows that may be left out because they are faulty.
    """

    source: str
    path: str | None
    categories: list[str]
    ood_categories: list[str]
    practice_categories: list[str]
    tool_removed: NonNegative
    split: Literal["tool", "query"]
    train_share: Share
    val_share: Share
    max_prompt_chars: Positive
    max_rejected: Share


class ModelParams(Section):
    """Base model and sentence embeddings: names of the catalogue, hub names or local folders.

    A `dtype` of auto is settled where a recipe is opened (sparring/engine/number_format.py).
    """

    base: ModelName
    embedding: ModelName
    dtype: Literal["auto", "bfloat16", "float32"]


class WarmStartParams(Section):
    """Supervised start of a player before round r00; its adapter sits on the uppermost `lora_layers` (null: on all)."""

    examples: Positive
    epochs: Positive
    batch_size: Positive
    learning_rate: Rate
    lora_rank: Positive
    lora_layers: Positive | None
    save_every: Positive


class TargetParams(Section):
    """The function-calling model under attack; no_call_share = part of its warm start on which no call is right."""

    dialect: str
    no_call_share: Share
    max_new_tokens: Positive
    warm_start: WarmStartParams


class ServedModelParams(Section):
    """A chat model behind an endpoint: the fields of EndpointParams, and its longest answer."""

    base_url: Annotated[str, AfterValidator(refuse_secret)]
    model: str
    key_variable: str | None
    concurrency: Positive
    timeout_s: Annotated[float, Field(gt=0.0)]
    max_attempts: Positive
    max_requests: Positive | None
    max_tokens: Positive | None
    max_new_tokens: Positive


class ChatAttackerParams(ServedModelParams):
    """A chat model that writes the attacks.

    Attributes:
        best_of: Rewrites that are asked for in place of one; the first that the gates let through is the attack.
    """

    best_of: Positive


class QueryModelParams(Section):
    """The policy that rewrites queries: it writes a program of operators, or the whole query.

    Attributes:
        action: What it writes.
        max_new_tokens: Longest completion of the local query model.
        endpoint: Who writes in the local query model's place, and is not trained; None for nobody.
        warm_start: The local query model's start.
    """

    action: Action
    max_new_tokens: Positive
    warm_start: WarmStartParams
    endpoint: ChatAttackerParams | None = Field(default=None, exclude_if=lambda endpoint: endpoint is None)

    @model_validator(mode="after")
    def a_chat_model_writes_free_text(self) -> "QueryModelParams":
        """Programs are drawn within a grammar, which no chat API knows."""
        if self.endpoint is not None and self.action != "rewrite":
            raise ValueError("endpoint writes free text: it needs action: rewrite")
        return self


class RoundTripParams(Section):
    """The gate by a frozen reference: its name or folder (null: no such gate), and the largest fall in nats."""

    model: ModelName | None
    max_drop: Annotated[float, Field(gt=0.0)]


class ReaderParams(Section):
    """A model outside the target's line that reads rewrites: any target (sparring/targets/settings.py).

    Attributes:
        model: Its folder, from the project's root; with `base_url` its name there. None: the project's base model.
        adapter: Folder of its LoRA adapter; with `base_url` it is loaded into a vLLM there.
        base_url: Address of its endpoint; None for a model of this machine.
        key_variable: Environment variable that holds the endpoint's key.
        dialect: How it writes calls; None: as the target.
        max_new_tokens: Its longest answer; None: the target's.
    """

    model: str | None = None
    adapter: str | None = None
    base_url: Annotated[str | None, AfterValidator(refuse_secret)] = None
    key_variable: str | None = None
    dialect: str | None = None
    max_new_tokens: Positive | None = None

    @model_validator(mode="after")
    def names_a_model(self) -> "ReaderParams":
        """One model, here or at an endpoint."""
        if self.base_url is not None and self.model is None:
            raise ValueError("base_url needs model: the model's name there")
        if self.model is None and self.adapter is None:
            raise ValueError("expected a model, an adapter on the project's base model, or base_url and model")
        if self.base_url is None and self.key_variable is not None:
            raise ValueError("key_variable belongs to an endpoint: give base_url")
        return self


class ReadersParams(Section):
    """The gate by readers, for free text alone: of `models`, `agree` must call the gold of the rewrite."""

    models: Annotated[list[ReaderParams], Field(min_length=1)]
    agree: Positive

    @model_validator(mode="after")
    def as_many_can_agree(self) -> "ReadersParams":
        """No more than there are."""
        if self.agree > len(self.models):
            raise ValueError(f"agree is {self.agree}, and there are {len(self.models)} models")
        return self


class GateParams(Section):
    """Thresholds of the validity gates.

    With `readers`, free text is judged by them in place of the rules of wording (sparring/gates/readers.py).
    """

    max_length_ratio: Annotated[float, Field(ge=1.0)]
    min_similarity: Share
    min_content_kept: Share
    round_trip: RoundTripParams
    readers: ReadersParams | None = Field(default=None, exclude_if=lambda readers: readers is None)


class JudgeParams(ServedModelParams):
    """A judge model of lost trials."""


class RewardParams(Section):
    """Weights of the reward: V * (valid_bonus + hardness - cluster - program - archive) - malformed."""

    hardness: Literal["zero_sum", "band"]
    valid_bonus: Annotated[float, Field(ge=0.0, le=0.1)]
    cluster_weight: Share
    program_weight: Share
    archive_weight: Share
    malformed_penalty: Share


class MiningParams(Section):
    """Before RL: random programs, attacks_per_seed on each seed (0: no mining); SFT on the best valid ones."""

    attacks_per_seed: NonNegative
    examples: Positive
    max_per_seed: Positive


class RLParams(Section):
    """GRPO on the query model. One step sees prompts_per_step prompts, group_size completions each.

    At or below entropy_floor (nats a token) the loss gets a bonus of entropy_coef times the entropy.
    """

    steps: Positive
    prompts_per_step: Positive
    group_size: Annotated[int, Field(ge=2)]
    learning_rate: Rate
    temperature: Annotated[float, Field(gt=0.0)]
    beta: Annotated[float, Field(ge=0.0)]
    entropy_floor: Annotated[float, Field(ge=0.0)]
    entropy_coef: Annotated[float, Field(ge=0.0)]
    clip_low: Share
    clip_high: Share
    save_every: Positive
    keep_checkpoints: Positive
    mining: MiningParams


class SamplingParams(Section):
    """Attacks that the trained query model writes on training seeds.

    Of `pool` training seeds those that the target answers rightly are attacked: one that fails untouched proves
    nothing. `no_call_share` of the pool wants no call; where train has fewer such rows, more of it wants one.
    """

    pool: Positive
    no_call_share: Share
    seeds: Positive
    attacks_per_seed: Positive
    temperature: Annotated[float, Field(gt=0.0)]


class RolloutParams(Section):
    """How the target answers: K samples, temperature 0 is greedy, batches bounded by padded prompt tokens."""

    samples: Positive
    temperature: Annotated[float, Field(ge=0.0)]
    batch_tokens: Positive


class OwnAnswersParams(Section):
    """What the target samples for each training row where it learns from itself: rft, grpo."""

    samples: Annotated[int, Field(ge=2)]
    temperature: Annotated[float, Field(gt=0.0)]


class DPOParams(Section):
    """DPO of the target: the scale of preferences, and the weight of the right call's cross-entropy beside them."""

    beta: Annotated[float, Field(gt=0.0)]
    sft_weight: Annotated[float, Field(ge=0.0)]


class AttackerShares(Section):
    """Who wrote the attacked rows of a training set; what one has too few of is made up by the others.

    Attributes:
        query: This round's query model.
        book: The mistake book.
        earlier: The query models of the rounds before, in equal parts.
        rules: Programs composed at random.
        tools: Operators that change the tools and not the query.
    """

    query: Share
    book: Share
    earlier: Share
    rules: Share
    tools: Share

    @model_validator(mode="after")
    def shares_add_up(self) -> "AttackerShares":
        """They are parts of one set."""
        total = self.query + self.book + self.earlier + self.rules + self.tools
        if abs(total - 1.0) > 1e-6:
            raise ValueError(f"the five shares must add up to 1, not {total:g}")
        return self


class SFTParams(Section):
    """The target's training set of a round (`examples` rows, half of them attacked), and its update.

    Attributes:
        start: The champion's adapter, or the base anew, which then learns the warm start's rows once more as well.
        update: sft learns the right calls; rft its own right answers where it has any; grpo by the checker's verdict;
            dpo to prefer the right call to the answer that lost.
        answers: What a row teaches: the target's own right answer to the untouched seed, where it has one, or the gold.
        own: Samples of rft and grpo.
        kl: Weight of the divergence from the champion at untouched rows, with sft and rft; 0 for none.
        attackers: Who wrote the attacked half.
        no_call_share: Share of the rows that want no call, among attacked and untouched ones alike.
        max_per_seed: Most attacked rows of one seed.
        max_per_operator: Largest share of the attacked rows, of either kind, that one operator may have a part in.
        without: Operators that no attacked row may come of: what they still win shows what was learnt of the others.
    """

    start: Literal["last", "base"]
    update: Annotated[str, AfterValidator(update_name)]
    answers: Literal["own", "gold"]
    own: OwnAnswersParams
    dpo: DPOParams
    kl: Annotated[float, Field(ge=0.0)]
    attackers: AttackerShares
    no_call_share: Share
    examples: Annotated[int, Field(ge=2)]
    max_per_seed: Positive
    max_per_operator: Annotated[float, Field(gt=0.0, le=1.0)]
    without: list[str]
    epochs: Positive
    batch_size: Positive
    learning_rate: Rate
    save_every: Positive

    @model_validator(mode="after")
    def divergence_has_a_loss(self) -> "SFTParams":
        """Only updates by cross-entropy have a place for it; the others measure against the champion themselves."""
        if self.kl and self.update not in ("sft", "rft"):
            raise ValueError(f"kl belongs to the updates sft and rft, with {self.update} it must be 0")
        return self


class DialParams(Section):
    """What is tried on validation rows after the target's training (tasks/dials.py); two empty lists: nothing.

    Attributes:
        scales: Shares of the trained adapter in its mean with the champion's (of the baseline's: with none), beside 1.
        offsets: Nats added to the margin of calling over declining, beside 0.
        examples: Validation rows with a call, and as many that want none; each is asked untouched and attacked once.
    """

    scales: list[Annotated[float, Field(gt=0.0, lt=1.0)]]
    offsets: list[Annotated[float, Field(ge=-20.0, le=20.0)]]
    examples: Positive


class EvaluationParams(Section):
    """How much is measured at the end of a round, on rows of the split proof (sparring/studies/promotion.py).

    `margin` is the allowed loss of clean and of no-call accuracy, as a share: no more than would matter, no less than
    the rows can show (`sparring profile` says what they do).
    Of the rows answered rightly, `attack_seeds` that want a call are attacked, and `no_call_attack_seeds` that want
    none; `schema_seeds` of either kind by each schema operator too (sparring/attacker/schema_attacks.py).
    """

    clean_examples: Positive
    no_call_examples: Positive
    attack_seeds: Positive
    no_call_attack_seeds: NonNegative
    attacks_per_seed: Positive
    schema_seeds: NonNegative
    margin: Rate


class AuditParams(Section):
    """An audit of a target that is not trained, and the patience with an endpoint.

    Attributes:
        seeds: Seeds that are asked untouched; those answered rightly are attacked.
        attacks_per_seed: Attacks on each.
        no_call_seeds: Seeds that want no call, asked untouched and attacked as the others are.
        schema_seeds: So many seeds of either kind, answered rightly, are attacked through their tools, by each schema
            operator.
        max_new_tokens: Longest answer; a model that thinks has more (targets/body_fields.py).
        max_unanswered: Share of rows without an answer above which the audit says nothing.
        concurrency: Requests at a time.
        timeout_s: Longest wait for one whole answer.
        max_attempts: Requests a row, the first counted.
        max_requests: Most requests of an audit, retries counted; null for no bound.
        max_tokens: Most tokens of an audit, prompts and answers; null for no bound.
        strict: Ask for tools in strict mode (schemas/strict.py), where an endpoint shows tools through its API.
        tool_choice: auto, required, none, or the name of the tool that must be called; null leaves it to the API.
        parallel_tool_calls: Whether one answer may hold several calls; null leaves it to the API.
    """

    seeds: Positive
    attacks_per_seed: Positive
    no_call_seeds: NonNegative
    schema_seeds: NonNegative
    max_new_tokens: Positive
    max_unanswered: Share
    concurrency: Positive
    timeout_s: Annotated[float, Field(gt=0.0)]
    max_attempts: Positive
    max_requests: Positive | None
    max_tokens: Positive | None
    strict: bool = False
    tool_choice: str | None = None
    parallel_tool_calls: bool | None = None


class TrainingParams(Section):
    """Processes that share SFT and RL; gradients add up in another order, so it is part of the recipe.

    `launch_config` is a config file of accelerate, from the project's root: several nodes, FSDP, DeepSpeed; it says
    itself how many processes.
    """

    processes: Positive
    launch_config: str | None


class WorkerParams(Section):
    """Who shares the rollouts and checks of a round; it decides the time alone, never a result.

    Attributes:
        engine: A task runner of Prefect: processes of this machine, Ray or Dask; null for none.
        count: Workers, each with `threads` threads and a model of its own.
        address: A running Ray or Dask cluster that sees this project's folder; null starts one on this machine.
    """

    engine: Literal["process", "ray", "dask"] | None
    count: Positive
    address: str | None

    @model_validator(mode="after")
    def clusters_have_addresses(self) -> "WorkerParams":
        """Processes of this machine have none."""
        if self.address is not None and self.engine not in ("ray", "dask"):
            raise ValueError("workers.address belongs to the engines ray and dask")
        return self


class RoundParams(Section):
    """One round of the campaign."""

    after: str


class OwnToolsParams(Section):
    """A set of a team's own tools, of which `dvc repro` makes seeds.

    Attributes:
        folder: From the project's root; holds tools.json, and values.csv where there are values of the team's own.
        count: Seeds at most, a fifth of them without a right call.
    """

    folder: str
    count: Positive = 200


class Params(Section):
    """The whole of params.yaml."""

    experiment: Annotated[str, AfterValidator(plain_name)]
    seed: int
    threads: Positive
    data: DataParams
    models: ModelParams
    target: TargetParams
    query_model: QueryModelParams
    gates: GateParams
    judge: JudgeParams | None
    reward: RewardParams
    rl: RLParams
    sampling: SamplingParams
    rollout: RolloutParams
    sft: SFTParams
    dials: DialParams
    evaluation: EvaluationParams
    audit: AuditParams
    training: TrainingParams
    workers: WorkerParams
    own_tools: dict[Annotated[str, AfterValidator(plain_name)], OwnToolsParams] = Field(default_factory=dict)
    rounds: dict[Annotated[str, AfterValidator(round_name)], RoundParams]

    @model_validator(mode="after")
    def an_offset_has_a_rank_of_its_own(self) -> "Params":
        """It takes the place of the weakest direction of a layer's adapter, which is not the only one."""
        if self.dials.offsets and self.target.warm_start.lora_rank < 2:
            raise ValueError("dials.offsets: target.warm_start.lora_rank must be 2 or more for an offset to fit in")
        return self

    @model_validator(mode="after")
    def rounds_follow_known_rounds(self) -> "Params":
        """Each round follows the baseline or a round above it."""
        known = [BASELINE]
        if BASELINE in self.rounds:
            raise ValueError(f"rounds.{BASELINE}: the baseline is no round of the recipe: it follows nothing")
        for name, played in self.rounds.items():
            if played.after not in known:
                raise ValueError(f"rounds.{name}.after is {played.after!r}; allowed: {', '.join(known)}")
            known.append(name)
        return self


def load_params(path: Path) -> Params:
    """Reads params.yaml.

    Raises:
        InputError: The file is missing or broken, a key is unknown, absent or out of range, or the path is unfit.
    """
    check_root(path.parent)
    content = read_yaml(read_text(path), str(path))
    if not isinstance(content, dict):
        raise InputError(f"{path}: expected keys and values")
    try:
        return Params.model_validate(content)
    except ValidationError as error:
        raise InputError(f"{path}: {_explain(error)}") from None


def _explain(error: ValidationError) -> str:
    """The first fault, with the keys that would have been allowed where a key is unknown."""
    fault = min(error.errors(include_url=False), key=lambda fault: fault["type"] != "extra_forbidden")
    key = ".".join(str(part) for part in fault["loc"] if part != "[key]")
    if fault["type"] == "extra_forbidden":
        section: type[BaseModel] = Params
        for part in (part for part in fault["loc"][:-1] if not isinstance(part, int)):  # a place in a list
            field = section.model_fields.get(str(part))
            section = RoundParams if field is None or section is RoundParams else _section_of(field.annotation)
        return f"unknown key {key}; allowed: {', '.join(sorted(section.model_fields))}"
    reason = fault["msg"].removeprefix("Value error, ")
    return f"{key}: {reason}" if key else reason


def _section_of(annotation: object) -> type[BaseModel]:
    """The section that a field holds, be it optional; `rounds` is a dictionary of RoundParams."""
    for found in (annotation, *get_args(annotation)):
        if isinstance(found, type) and issubclass(found, BaseModel):
            return found
    return RoundParams
