"""Seeds in a model's words: it says each query anew, and what is not confirmed is thrown away for the plain query.

Confirmed is what the gates that are rules let pass with the plain query as its seed, and what says every value of the
right call. Answers are in a journal, so that a run that was killed asks for none twice. The one surprise: rows that
want no call are worded anew as well, else the wording would tell the answer.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sparring.config import GateParams
from sparring.gates import Gatekeeper
from sparring.gold import gold_calls
from sparring.normalise import grounded
from sparring.prompts import render_prompt
from sparring.records import Example
from sparring.seeds.rows import Row
from sparring.sources.jsonl import read_row
from sparring.targets.endpoint import EndpointParams, EndpointTarget
from sparring.targets.prose import Prose, question, said, unquoted

LONGEST = 512
TEMPERATURE = 0.8
UNSAID = "a value is not said"
SAME = "the same words"
TALK = "it talks about the request"
ABOUT_IT = re.compile(
    r"(?:sure|certainly|of course|okay|ok|here(?:'s| is| are)|rewritten|rephrased|the request)\b[^.?!]{0,80}[:!,]",
    re.IGNORECASE,
)


@dataclass
class Reworded:
    """Rows after a model was asked to word them.

    Attributes:
        rows: All of them, in their order; those that were not confirmed as they were.
        anew: How many have other words.
        thrown_away: Why others have not, by how many.
        unanswered: Why no answer came, by how many.
    """

    rows: list[Row] = field(default_factory=list)
    anew: int = 0
    thrown_away: Counter[str] = field(default_factory=Counter)
    unanswered: Counter[str] = field(default_factory=Counter)


def reword(rows: Sequence[Row], endpoint: EndpointParams, journal: Path, gates: GateParams, seed: int) -> Reworded:
    """The rows in a model's words, where they are confirmed.

    Args:
        rows: Seeds, in the jsonl source's form.
        endpoint: Who words them, and what may be spent.
        journal: File that keeps what was answered.
        gates: Thresholds of the gates.
        seed: Decides the model's draws, as far as the endpoint heeds it.

    Raises:
        InputError: The endpoint refuses every request: wrong address, key or model.
    """
    examples = [read_row(row) for row in rows]
    asked = [question(one.id, "reword", render_prompt("reword", query=one.query)) for one in examples]
    replies = EndpointTarget(endpoint, Prose(), LONGEST, journal).ask(asked, 1, TEMPERATURE, seed)
    keeper = Gatekeeper(gates, None, None)
    made = Reworded()
    for row, example, texts, reason in zip(rows, examples, replies.texts, replies.reasons, strict=True):
        text = None if texts[0] is None else request_of(texts[0])
        fault = None if text is None else _fault(example, text, keeper)
        if text is None or fault is not None:
            made.rows.append(row)
            (made.unanswered if text is None else made.thrown_away)[str(fault or reason)] += 1
            continue
        made.rows.append(_with_query(row, text))
        made.anew += 1
    return made


def request_of(text: str) -> str:
    """The request in an answer: behind thoughts, on one line, without quotes around all of it."""
    return unquoted(" ".join(said(text).split()))


def _fault(example: Example, text: str, keeper: Gatekeeper) -> str | None:
    """Why words are not confirmed; None where they are."""
    if text == example.query:
        return SAME
    if ABOUT_IT.match(text):
        return TALK
    if not all(grounded(value, text) for call in gold_calls(example) for value in _leaves(call.arguments)):
        return UNSAID
    rejected = keeper.rejections([(example, text)])[0]
    return None if rejected is None else f"gate {rejected}"


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value


def _with_query(row: Row, query: str) -> Row:
    """The row with another query, under another id, since it is another row; the plain query stays beside it."""
    content = {key: row[key] for key in ("tools", "gold", "category")} | {
        "messages": [{"role": "user", "content": query}]
    }
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:10]
    about = row["metadata"] | {"plain_query": row["messages"][-1]["content"]}
    return {"id": f"{row['id'].rpartition('-')[0]}-{digest}", **content, "metadata": about}
