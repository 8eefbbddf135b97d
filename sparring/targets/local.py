"""The local target: a Transformers model with its adapter merged in, answering and scoring in batches."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sparring.config import Params
from sparring.dialects import DIALECTS
from sparring.engine.batched_generation import (
    WHOLE,
    Part,
    answer_drafts,
    generate,
    in_order,
    log_likelihoods,
    prompt_ids,
)
from sparring.engine.decision import Branch, Decision, branches
from sparring.engine.drafted import Drafted
from sparring.engine.models import load_model, load_tokenizer
from sparring.engine.offset_piece import Piece, fit_piece
from sparring.engine.prefill import TokenIds
from sparring.records import Example
from sparring.targets.replies import Replies, whole


def is_cut(tokenizer: Any, text: str, longest: int) -> bool:
    """Whether an answer is as long as answers may be, in tokens: it was ended, and did not end."""
    return len(tokenizer(text, add_special_tokens=False)["input_ids"]) >= longest


class LocalTarget:
    """A function-calling model on this machine.

    Args:
        base: Folder of the base model.
        adapter: Folder of its LoRA adapter; None for the base alone.
        params: The recipe: dialect, longest answer, batch size, number format.
        model: The model of these folders where it is loaded already; nothing may train it.
    """

    def __init__(self, base: Path, adapter: Path | None, params: Params, model: Any = None) -> None:
        self.dialect = DIALECTS[params.target.dialect]
        self.params = params
        self.base = base
        self.adapter = adapter
        self.tokenizer = load_tokenizer(base)
        self.model = load_model(base, adapter, params.models.dtype) if model is None else model

    def __reduce__(self) -> tuple[type["LocalTarget"], tuple[Path, Path | None, Params]]:
        """Other processes load it from its folders."""
        return LocalTarget, (self.base, self.adapter, self.params)

    def answer(self, examples: Sequence[Example], samples: int, temperature: float, seed: int) -> list[list[str]]:
        """Texts per example, `samples` each, in the order of the examples; temperature 0 is greedy."""
        return in_order(self.part_of_answers(examples, samples, temperature, seed, WHOLE))

    def ask(self, examples: Sequence[Example], samples: int, temperature: float, seed: int) -> Replies:
        """What `answer` gives; no row is ever lost here."""
        return whole(self.answer(examples, samples, temperature, seed))

    def answer_to_the_end(
        self, examples: Sequence[Example], samples: int, temperature: float, seed: int
    ) -> list[list[tuple[str, bool]]]:
        """What `answer` gives, each text with whether it came to its end or was cut."""
        cut: set[tuple[int, int]] = set()
        found = in_order(self.part_of_answers(examples, samples, temperature, seed, WHOLE, cut))
        return [
            [(text, (number, sample) not in cut) for sample, text in enumerate(texts)]
            for number, texts in enumerate(found)
        ]

    def part_of_answers(
        self,
        examples: Sequence[Example],
        samples: int,
        temperature: float,
        seed: int,
        part: Part,
        cut: set[tuple[int, int]] | None = None,
    ) -> dict[int, list[str]]:
        """What `answer` gives for one worker's part of the examples, by the example's number; `cut`: see `generate`."""
        return generate(
            self.model,
            self.tokenizer,
            [self._prompt(example) for example in examples],
            num_samples=samples,
            max_new_tokens=self.params.target.max_new_tokens,
            temperature=temperature,
            batch_tokens=self.params.rollout.batch_tokens,
            seed=seed,
            label="target answers",
            part=part,
            marked=True,
            cut=cut,
        )

    def gold_logprob(self, examples: Sequence[Example], texts: Sequence[str]) -> list[float]:
        """Log-likelihood of a text as the answer to each example, in nats, summed over its tokens."""
        return log_likelihoods(
            self.model,
            self.tokenizer,
            [self._prompt(example) for example in examples],
            texts,
            batch_tokens=self.params.rollout.batch_tokens,
            label="likelihood of the gold",
        )

    def answer_drafts(self, examples: Sequence[Example], drafts: Sequence[str]) -> list[Drafted]:
        """The greedy answer to each example, quickly where it is the draft, and the draft's log-likelihood."""
        return in_order(self.part_of_drafts(examples, drafts, WHOLE))

    def part_of_drafts(self, examples: Sequence[Example], drafts: Sequence[str], part: Part) -> dict[int, Drafted]:
        """What `answer_drafts` gives for one worker's part of the examples, by the example's number."""
        return answer_drafts(
            self.model,
            self.tokenizer,
            [self._prompt(example) for example in examples],
            drafts,
            max_new_tokens=self.params.target.max_new_tokens,
            batch_tokens=self.params.rollout.batch_tokens,
            label="target answers",
            part=part,
        )

    def branches(
        self, examples: Sequence[Example], drafts: Sequence[str], calling: Sequence[bool], decided: Decision
    ) -> list[Branch]:
        """What it answers to each example on one side of its decision whether to call, with a guess of each."""
        return branches(
            self.model,
            self.tokenizer,
            [self._prompt(example) for example in examples],
            drafts,
            calling,
            decided,
            max_new_tokens=self.params.target.max_new_tokens,
            batch_tokens=self.params.rollout.batch_tokens,
            label="both ways to answer",
        )

    def fit_piece(self, module: str, examples: Sequence[Example], texts: Sequence[str], decided: Decision) -> Piece:
        """The piece of an adapter that moves its decision, fitted to a text as the answer to each example."""
        answers = [list(self.tokenizer(text, add_special_tokens=False)["input_ids"]) for text in texts]
        prompts = [self._prompt(example) for example in examples]
        return fit_piece(self.model, module, prompts, answers, decided, "offset of the decision")

    def num_tokens(self, example: Example, text: str) -> int:
        """Tokens of the prompt and of an answer to it."""
        return len(self._prompt(example)) + len(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def _prompt(self, example: Example) -> TokenIds:
        return prompt_ids(self.tokenizer, self.dialect.messages(example), self.dialect.schemas(example))
