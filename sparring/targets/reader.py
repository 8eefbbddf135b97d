"""A reader of free text: a model outside the target's line, opened by any backend from what the recipe names.

What it answered is in a journal of the project, under names made from the whole question: nothing is asked twice, and
an interrupted step goes on. It is loaded when first asked and stays loaded. The patience with an endpoint and its
budget are the recipe's for audits.
"""

import atexit
import hashlib
import json
import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from sparring.config import Params, ReaderParams
from sparring.dialects import check_dialect
from sparring.errors import InputError, UnreachableError
from sparring.gates import Facts
from sparring.records import Example, GoldCall, Message, Tool
from sparring.storage import hash_tree
from sparring.targets import Target
from sparring.targets.backends import TARGETS
from sparring.targets.endpoint import BUDGET_REASON
from sparring.targets.reply import CUT_AT
from sparring.targets.settings import TargetSettings

NAME_CHARS = 12


@dataclass(frozen=True)
class TargetReader(ABC):
    """A target as a reader.

    Attributes:
        named: What the recipe says of it.
        place: Where it says so, e.g. "gates.readers.models[0]".
        params: The recipe.
        root: The project's folder.
    """

    named: ReaderParams
    place: str
    params: Params
    root: Path

    @property
    def judges_no_call(self) -> bool:
        """Whether rewrites of seeds that want no call are for it: not for one that calls whatever it is asked."""
        return False

    @abstractmethod
    def fits(self, seeds: Sequence[Example]) -> list[bool | None]:
        """Per seed whether it can judge rewrites of it; None where no answer came, or none can be scored."""

    @abstractmethod
    def agrees(self, rewrites: Sequence[Facts]) -> list[bool | None]:
        """Per rewrite whether the gold is still right by what it answers; None where no answer came."""

    def texts(self, asked: Sequence[Example]) -> list[str | None]:
        """Its answer to each question; None where none came.

        Raises:
            UnreachableError: No answer came at all, and not because all were too long.
            InputError: The endpoint refuses every request.
        """
        if not asked:
            return []
        replies = self._target.ask(asked, 1, 0.0, 0)
        texts = [answers[0] for answers in replies.texts]
        lost = next((reason for reason in replies.reasons if reason and not reason.startswith(CUT_AT)), None)
        if lost is not None and all(text is None for text in texts):
            remedy = " (audit.max_requests, audit.max_tokens)" if lost == BUDGET_REASON else ""
            raise UnreachableError(
                f"the reader {self} answers nothing to {len(texts)} questions: {lost}{remedy}; what is done is kept, "
                "the same command goes on"
            )
        return texts

    def must_answer(self) -> None:
        """Asks a served reader one small question, so that a dead one is told before anything is trained.

        Raises:
            UnreachableError: No answer comes.
            InputError: It cannot be asked.
        """
        self.check()
        if self.named.base_url is None:
            return
        with TemporaryDirectory() as folder:  # it may have died since a journal kept its answer to the same
            backend, journal = TARGETS[self.settings.backend], Path(folder) / "check.jsonl"
            with backend.opened(self.settings, self.asked_with, journal) as target:
                reason = target.ask([_PROBE], 1, 0.0, 0).reasons[0]
        if reason is not None and not reason.startswith(CUT_AT):
            raise UnreachableError(f"the reader {self} does not answer: {reason}")

    def check(self) -> None:
        """Raises InputError, with its place in the recipe, where it cannot be asked; sends nothing."""
        if self.named.dialect is not None:
            check_dialect(f"params.yaml: {self.place}.dialect", self.named.dialect)
        try:
            TARGETS[self.settings.backend].check(self.settings, self.asked_with)
        except InputError as error:
            raise InputError(f"params.yaml: {self.place}: {error}") from None

    @property
    def settings(self) -> TargetSettings:
        """The target that it is."""
        named, served = self.named, self.named.base_url is not None
        model = str(named.model) if served else str(self.root / (named.model or "models/base"))
        adapter = None if named.adapter is None else str(self.root / named.adapter)
        return TargetSettings(base_url=named.base_url, model=model, key_variable=named.key_variable, adapter=adapter)

    @cached_property
    def weights(self) -> dict[str, str]:
        """SHA-256 of its folders and its probe, by their path as the recipe has it; of an endpoint's nothing is known.

        Raises:
            InputError: One is missing.
        """
        self.check()
        local = None if self.named.base_url is not None else self.named.model or "models/base"
        named = (self.named.adapter, local, self.named.probe)
        return {path: hash_tree(self.root / path) for path in named if path is not None}

    def __str__(self) -> str:
        """What a message calls it."""
        return self.named.base_url or self.named.adapter or str(self.named.model)

    def __reduce__(self) -> tuple[type["TargetReader"], tuple[ReaderParams, str, Params, Path]]:
        """Other processes open it anew."""
        return type(self), (self.named, self.place, self.params, self.root)

    @cached_property
    def asked_with(self) -> Params:
        """The recipe with the reader's way to write calls."""
        target = self.params.target
        changed = {"dialect": self.named.dialect or target.dialect,
                   "max_new_tokens": self.named.max_new_tokens or target.max_new_tokens}  # fmt: skip
        return self.params.model_copy(update={"target": target.model_copy(update=changed)})

    @cached_property
    def _target(self) -> Target:
        self.check()
        stack = ExitStack()
        atexit.register(stack.close)
        return stack.enter_context(self.opened())

    def opened(self) -> AbstractContextManager[Target]:
        """Who answers, loaded."""
        return TARGETS[self.settings.backend].opened(self.settings, self.asked_with, self.journal)

    @property
    def journal(self) -> Path:
        """File of its answers, one a model and way to be asked; one a process where several train."""
        told = [self.named.base_url, str(self.named.model), self.weights, self.params.models.dtype,
                self.asked_with.target.dialect]  # fmt: skip
        name = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:NAME_CHARS]
        rank = os.environ.get("RANK", "0")
        return self.root / ".work" / "readers" / (f"{name}.jsonl" if rank == "0" else f"{name}-{rank}.jsonl")


_PROBE = Example(
    id="read",
    source="probe",
    category="simple_python",
    tools=[
        Tool(
            name="add",
            description="Adds two numbers.",
            parameters={
                "type": "dict",
                "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
                "required": ["a", "b"],
            },
        )
    ],
    messages=[Message(role="user", content="What is one and one?")],
    gold=[GoldCall(name="add", arguments={"a": [1], "b": [1]})],
)
