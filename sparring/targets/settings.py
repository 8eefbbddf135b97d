"""Which model is asked, and by which backend: an OpenAI-compatible endpoint, or a checkpoint of this machine."""

from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from sparring.records import Record
from sparring.secrets_in_text import refuse_secret


class TargetSettings(Record):
    """A model that somebody wants asked.

    Attributes:
        base_url: Address of the endpoint; None for a model of this machine.
        model: Its name at the endpoint, or its folder.
        key_variable: Environment variable that holds the endpoint's key; None for none.
        adapter: LoRA adapter to ask with: loaded into a served vLLM, or merged into the local model.
        body: Further fields of each request to the endpoint; null leaves a usual one out.
        named: Name of a backend (sparring/targets/backends.py); None for the usual one of what is given.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    base_url: Annotated[str | None, AfterValidator(refuse_secret)]
    model: str
    key_variable: str | None
    adapter: str | None
    body: dict[str, Any] = Field(default_factory=dict)
    named: str | None = Field(default=None, exclude_if=lambda name: name is None)

    @property
    def shown(self) -> str:
        """The model as a report names it: with its adapter, which two audits of one base differ by."""
        return self.model if self.adapter is None else f"{self.model} with {self.adapter}"

    @property
    def backend(self) -> str:
        """Who asks it: an adapter at an endpoint is loaded into a vLLM there."""
        if self.named is not None:
            return self.named
        if self.base_url is None:
            return "local"
        return "endpoint" if self.adapter is None else "vllm"

    @model_serializer(mode="wrap")
    def _without_an_empty_body(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """As it was kept before there were further fields, where there are none."""
        made: dict[str, Any] = dump(self)
        if not made.get("body"):
            made.pop("body", None)
        return made
