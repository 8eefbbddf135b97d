"""Sections of a recipe about what is measured, where it runs and what is played."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from sparring.config.base import NonNegative, Positive, Rate, Section, Share
from sparring.names import plain_name


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


class CutParams(Section):
    """What `sparring profile NAME --minutes N` cut the sizes for; written by it, and read by it alone.

    Attributes:
        profile: The profile whose proportions they keep.
        minutes: Time that a campaign was to take.
    """

    profile: Annotated[str, AfterValidator(plain_name)]
    minutes: Annotated[float, Field(gt=0.0)]


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
