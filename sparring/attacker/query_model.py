"""The query model as a writer: its adapter merged in, it writes actions (programs or rewrites) on seeds."""

from collections.abc import Collection, Sequence
from pathlib import Path

from sparring.attacker.grammar import ProgramGrammar
from sparring.config import Params
from sparring.engine.batched_generation import generate, in_order, prompt_ids
from sparring.engine.models import load_model, load_tokenizer


class QueryModel:
    """The policy, frozen.

    Args:
        base: Folder of the base model.
        adapter: Folder of its LoRA adapter; None for the base alone.
        params: The recipe.
        without: Operators that no program may hold.
    """

    def __init__(self, base: Path, adapter: Path | None, params: Params, without: Collection[str] = ()) -> None:
        self.params = params
        self.tokenizer = load_tokenizer(base)
        self.model = load_model(base, adapter, params.models.dtype)
        programs = params.query_model.action == "program"
        self.constrained = ProgramGrammar(self.tokenizer, without).masking if programs else None

    def write(
        self, prompts: Sequence[list[dict[str, str]]], num_samples: int, temperature: float, seed: int
    ) -> list[list[str]]:
        """Completions per prompt (chat messages), `num_samples` each, in the order of the prompts."""
        found = generate(
            self.model,
            self.tokenizer,
            [prompt_ids(self.tokenizer, messages, None) for messages in prompts],
            num_samples=num_samples,
            max_new_tokens=self.params.query_model.max_new_tokens,
            temperature=temperature,
            batch_tokens=self.params.rollout.batch_tokens,
            seed=seed,
            label="query model writes",
            constrained=self.constrained,
        )
        return in_order(found)
