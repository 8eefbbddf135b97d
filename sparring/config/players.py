"""Sections of a recipe about models: the base, the target, the query model, and models that are served."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from sparring.config.base import Action, ModelName, Positive, Rate, Section, Share
from sparring.secrets_in_text import refuse_secret


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


class TargetStartParams(WarmStartParams):
    """The target's: its adapter is the mean of `members` trainings that differ in their random seed.

    So they differ in the rows without a call that they draw, in their order and in where the adapter begins.
    """

    members: Positive = Field(default=1, exclude_if=lambda members: members == 1)


class TargetParams(Section):
    """The function-calling model under attack; no_call_share = part of its warm start on which no call is right."""

    dialect: str
    no_call_share: Share
    max_new_tokens: Positive
    warm_start: TargetStartParams


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
