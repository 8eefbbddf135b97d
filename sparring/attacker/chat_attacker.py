"""A query model that anybody serves: a chat model behind an endpoint, shown the request and what won before.

It writes free text and is never trained: its weights are out of reach. Its answers are in a journal with a budget, as
an endpoint target's are. The one surprise: of several rewrites the gates choose and never the target, or an attack
would be the best of many tries and count as one.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from sparring.attacker.archive import Archive
from sparring.attacker.query_prompts import REWRITE
from sparring.config import ChatAttackerParams
from sparring.dialects import DIALECTS
from sparring.dialects.gold_text import gold_text
from sparring.errors import UnreachableError
from sparring.gates import Gates
from sparring.prompts import render_prompt
from sparring.records import Example
from sparring.targets.endpoint import BUDGET_REASON, EndpointParams, EndpointTarget
from sparring.targets.prose import Prose, question, said, unquoted
from sparring.targets.reply import CUT_AT
from sparring.terminal import say

ASKED_FOR = "attack"
PROBE = "Say this in other words: what is one and one?"
SHOWN = "pythonic"  # how it is told what the right call is
LABEL = re.compile(
    r"\A\W{0,3}(?:(?:sure|certainly|okay|of course)\W{1,3})?(?:here(?:['’]s| is)[^\n:]{0,60}|"
    r"(?:the |my )?(?:new|rewritten|modified|attack)? ?(?:request|query|rewrite))\W{0,3}:\W{0,3}\s+",
    re.IGNORECASE,
)


class ChatAttacker:
    """A chat model that writes attacks.

    Args:
        params: Endpoint, budget, and how many rewrites stand for one attack.
        journal: File that keeps what it wrote; nothing is asked twice.

    Raises:
        InputError: The address is none, or the key's variable is not set.
    """

    def __init__(self, params: ChatAttackerParams, journal: Path) -> None:
        self.params = params
        self._endpoint = EndpointTarget(endpoint_params(params), Prose(), params.max_new_tokens, journal)

    def write(
        self, seeds: Sequence[Example], per_seed: int, archive: Archive, gates: Gates, temperature: float, seed: int
    ) -> list[list[str | None]]:
        """Rewrites per seed, `per_seed` each; None in the place of one that was not written.

        Raises:
            UnreachableError: Nothing at all was written.
            InputError: The endpoint refuses every request.
        """
        if not seeds:
            return []
        best_of = self.params.best_of
        asked = [_question(example, archive) for example in seeds]
        replies = self._endpoint.ask(asked, per_seed * best_of, temperature, seed)
        reason = next((reason for reason in replies.reasons if reason is not None), None)
        written = [[None if text is None else bare(text) or None for text in texts] for texts in replies.texts]
        if not any(text for texts in written for text in texts):
            raise UnreachableError(
                f"the attacker at {self.params.base_url} writes nothing about {len(seeds)} seeds: "
                f"{_remedied(reason or 'its answers are empty')}; what is done is kept, the same command goes on"
            )
        if lost := sum(text is None for texts in written for text in texts):
            say(f"attacker: {lost} of {sum(map(len, written))} rewrites were not written: {reason or 'empty answers'}")
        return written if best_of == 1 else self._chosen(seeds, written, gates)

    def _chosen(
        self, seeds: Sequence[Example], written: Sequence[Sequence[str | None]], gates: Gates
    ) -> list[list[str | None]]:
        """Of each `best_of` rewrites the first that passes the gates and is another than those before it."""
        pairs = {
            (seed.id, text): (seed, text) for seed, own in zip(seeds, written, strict=True) for text in own if text
        }
        reasons = dict(zip(pairs, gates.rejections(list(pairs.values()), "rewrite"), strict=True))
        found: list[list[str | None]] = []
        for seed, texts in zip(seeds, written, strict=True):
            chosen: list[str | None] = []
            for start in range(0, len(texts), self.params.best_of):
                own = [text for text in texts[start : start + self.params.best_of] if text is not None]
                passed = [text for text in own if reasons[seed.id, text] is None and text != seed.query]
                new = [text for text in passed if text not in chosen]
                chosen.append(next(iter([*new, *passed, *own]), None))
            found.append(chosen)
        return found


def endpoint_params(params: ChatAttackerParams) -> EndpointParams:
    """How the chat model is asked."""
    return EndpointParams.model_validate(params.model_dump(exclude={"max_new_tokens", "best_of"}))


def must_write(params: ChatAttackerParams) -> None:
    """Asks for one rewrite, which no journal and no budget counts: a dead attacker is told before anything is trained.

    Raises:
        UnreachableError: No answer comes.
        InputError: The endpoint refuses every request: wrong address, key or model.
    """
    asked = question("check", ASKED_FOR, PROBE)
    with TemporaryDirectory() as folder:
        writer = ChatAttacker(params, Path(folder) / "check.jsonl")
        reason = writer._endpoint.ask([asked], 1, 0.0, 0).reasons[0]
    if reason is not None and not reason.startswith(CUT_AT):
        raise UnreachableError(f"the attacker at {params.base_url} does not answer: {reason}")


def _question(example: Example, archive: Archive) -> Example:
    text = render_prompt(
        "chat_attacker",
        query=example.query,
        tools=example.tools,
        call=gold_text(DIALECTS[SHOWN], example) if example.gold else "no call",
        right="call" if example.gold else "no call",
        strategies=[name for name in archive.strategies(example) if name != REWRITE],
        won=archive.texts(example),
    )
    return question(example.id, ASKED_FOR, text)


def bare(text: str) -> str:
    """The request that an answer holds: without thoughts, a label before it and quotation marks around it."""
    return unquoted(LABEL.sub("", said(text), count=1).strip())


def _remedied(reason: str) -> str:
    if reason != BUDGET_REASON:
        return reason
    return f"{reason} (query_model.endpoint.max_requests, query_model.endpoint.max_tokens)"
