"""Which model is asked: one behind an OpenAI-compatible endpoint, or a checkpoint of this machine."""

from sparring.records import Record


class TargetSettings(Record):
    """A model that somebody wants asked.

    Attributes:
        base_url: Address of the endpoint; None for a model of this machine.
        model: Its name at the endpoint, or its folder.
        key_variable: Environment variable that holds the endpoint's key; None for none.
        adapter: LoRA adapter to ask with: loaded into a served vLLM, or merged into the local model.
    """

    base_url: str | None
    model: str
    key_variable: str | None
    adapter: str | None
