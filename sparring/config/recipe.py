"""The whole of params.yaml, and how it is read."""

from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BaseModel, Field, ValidationError, model_validator

from sparring.config.attacking import RewardParams, RLParams, RolloutParams, SamplingParams
from sparring.config.base import BASELINE, Positive, Section
from sparring.config.data import DataParams, OwnToolsParams
from sparring.config.judging import GateParams, JudgeParams
from sparring.config.players import ModelParams, QueryModelParams, TargetParams
from sparring.config.running import AuditParams, CutParams, EvaluationParams, RoundParams, TrainingParams, WorkerParams
from sparring.config.updating import DialParams, SFTParams
from sparring.errors import InputError
from sparring.names import check_root, plain_name, round_name
from sparring.storage import read_text
from sparring.yaml_text import read_yaml

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
    cut: CutParams | None = None
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
