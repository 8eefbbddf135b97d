"""Sections of a recipe about what judges: gates, readers of free text, the judge of lost trials."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from sparring.config.base import ModelName, Positive, Section, Share
from sparring.config.players import ServedModelParams
from sparring.secrets_in_text import refuse_secret


class RoundTripParams(Section):
    """The gate by a frozen reference: its name or folder (null: no such gate), and the largest fall in nats."""

    model: ModelName | None
    max_drop: Annotated[float, Field(gt=0.0)]


GivesWay = Literal[
    "relations", "contrast", "constraint", "second_request", "content", "meaning",
    "grounding", "quantities", "negation", "turned", "deferred", "tool",
]  # fmt: skip
WORDING: tuple[GivesWay, ...] = ("relations", "contrast", "constraint", "second_request", "content", "meaning")

Asks = Literal["call", "same_call"]


class ReaderParams(Section):
    """A model outside the target's line that reads rewrites: any target (sparring/targets/settings.py).

    Attributes:
        model: Its folder, from the project's root; with `base_url` its name there. None: the project's base model.
        adapter: Folder of its LoRA adapter; with `base_url` it is loaded into a vLLM there.
        base_url: Address of its endpoint; None for a model of this machine.
        key_variable: Environment variable that holds the endpoint's key.
        asks: What it is asked: "call", to answer the rewrite (its call must be the gold), or "same_call", whether the
            seed's right call, which it is shown, is right for the rewrite as well.
        probe: With "same_call", file of a linear probe that answers in its place (`sparring probe`), from the
            project's root; None for what it says itself.
        dialect: How it writes calls; None: as the target.
        max_new_tokens: Its longest answer; None: the target's, of a comparison a word's.
    """

    model: str | None = None
    adapter: str | None = None
    base_url: Annotated[str | None, AfterValidator(refuse_secret)] = None
    key_variable: str | None = None
    asks: Asks = Field(default="call", exclude_if=lambda asks: asks == "call")
    probe: str | None = Field(default=None, exclude_if=lambda probe: probe is None)
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
        if self.asks == "same_call" and self.dialect is not None:
            raise ValueError("dialect says how calls are written; who is asked same_call writes none")
        if self.probe is not None and (self.asks != "same_call" or self.base_url is not None):
            raise ValueError("a probe answers for a model of this machine that is asked same_call")
        return self


class ReadersParams(Section):
    """The gate by readers, for free text alone.

    Attributes:
        models: Who reads.
        agree: So many of them must call the gold of the rewrite; null for all that answer its seed rightly.
        in_place_of: Gates that give way to them: rules of wording, and where readers are strong those of values too.
    """

    models: Annotated[list[ReaderParams], Field(min_length=1)]
    agree: Positive | None
    in_place_of: list[GivesWay] = Field(default_factory=lambda: list(WORDING))

    @model_validator(mode="after")
    def as_many_can_agree(self) -> "ReadersParams":
        """No more than there are."""
        if self.agree is not None and self.agree > len(self.models):
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
