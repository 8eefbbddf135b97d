"""A reader that compares: shown the seed with its right call, and the rewrite, it says whether the same call is right.

It reads what another model would have to write, so that a seed which no reader can answer is judged too, at half the
time of a call. The surprise: it must be shown what counts. Some examples stand before every question, and they are the
same, so that their reading is shared. With a probe it is not what it says that counts but what it makes of the question
(sparring/engine/probe.py), and it judges rewrites of seeds that want no call as well.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sparring.config import AUTO, Params
from sparring.errors import InputError
from sparring.gates import Facts
from sparring.gates.evidence import evidence
from sparring.gold import OMITTED, first_accepted, may_be_omitted, plain_value
from sparring.prompts import render_prompt
from sparring.records import Example, GoldCall, Message, Tool
from sparring.storage import read_record
from sparring.targets import Target
from sparring.targets.prose import said
from sparring.targets.reader import TargetReader

if TYPE_CHECKING:
    from sparring.engine.probe import Probe

KIND = "same_call"
BARE = "xlam_json"  # a dialect that leaves tools to the chat template: without tools a conversation is all that is sent
ANSWER_TOKENS = 8  # one word and what may stand around it
NO_CALL = "none, since no function here serves it"
VERDICT = re.compile(r"\b(yes|no)\b", re.IGNORECASE)
DESCRIPTION, ARGUMENT, OPTIONS = 200, 110, 12  # characters of a tool's and of an argument's description, values named
SHOTS = (
    (
        "book_table(restaurant: string, people: integer, time: string, outside: boolean = false)",
        "Book a table for 4 at Luigi's at 7pm.",
        'book_table(restaurant="Luigi\'s", people=4, time="7pm")',
        (
            (
                "we're going to Luigi's tonight, the four of us, seven in the evening - can you get us a table? "
                "last week at Mario's we were 6",
                "Yes",
            ),
            ("Book a table for 4 at Luigi's at 7pm, on the terrace please.", "No"),
            ("I booked a table for 4 at Luigi's at 7pm yesterday, thanks for the tip.", "No"),
        ),
    ),
    (
        "convert_currency(amount: float, from: string, to: string)",
        "How much is 200 euros in dollars?",
        'convert_currency(amount=200, from="EUR", to="USD")',
        (
            ("What would I have to pay in euros for 200 dollars?", "No"),
            (
                "Changing money at the desk. Two hundred, in euros, no sorry I said that right, euros. I'd want "
                "dollars for them. How many do I get?",
                "Yes",
            ),
            ("I have 150, wait, it's 200 euros. dollars?", "Yes"),
        ),
    ),
    (
        'get_forecast(city: string, days: integer = 1, unit: "celsius" | "fahrenheit" = "celsius")',
        "Give me the forecast for Lyon for 3 days.",
        'get_forecast(city="Lyon", days=3)',
        (
            ("Forecast for Lyon for the next 3 days and for Nice too?", "No"),
            (
                "Subject: trip. Hi, three days in Lyon coming up, what will the weather be like there? "
                "Celsius is fine.",
                "Yes",
            ),
        ),
    ),
)


class ComparingReader(TargetReader):
    """A target that is asked for one word; every seed is for it."""

    def fits(self, seeds: Sequence[Example]) -> list[bool | None]:
        """It is shown the right call, so it can judge rewrites of any."""
        return [True] * len(seeds)

    @property
    def judges_no_call(self) -> bool:
        """By a probe alone: what it says of them tells nothing (docs/gates.md)."""
        return self.named.probe is not None

    def agrees(self, rewrites: Sequence[Facts]) -> list[bool | None]:
        """Whether it says so; None where it said neither yes nor no."""
        texts, probe = self.texts([question(facts.example, facts.query) for facts in rewrites]), self._probe
        if probe is None:
            return [None if text is None else _verdict(text) for text in texts]
        return [
            None if text is None else probe.says(float(text), evidence(facts, self.params.gates))
            for facts, text in zip(rewrites, texts, strict=True)
        ]

    def check(self) -> None:
        """As every reader, and that its probe can be read and is one of this question."""
        super().check()
        _ = self._probe

    def opened(self) -> AbstractContextManager[Target]:
        """It, or its probe in its place."""
        probe = self._probe
        if probe is None:
            return super().opened()
        from sparring.targets.probed import probed  # brings torch

        here = {path: digest for path, digest in self.weights.items() if path != self.named.probe}
        if probe.fitted.model != model_digest(here.values()):
            raise self._misfit("model")
        return probed(self.settings, self.asked_with, probe, self.journal)

    @cached_property
    def _probe(self) -> "Probe | None":
        if self.named.probe is None:
            return None
        from sparring.engine.probe import Probe  # brings torch

        path = self.root / self.named.probe
        if not path.is_file():
            raise InputError(f"params.yaml: {self.place}.probe: {path}: no such file; `sparring probe` makes one")
        probe = read_record(path, Probe)
        if probe.fitted.question != QUESTION:
            raise self._misfit("question")
        if self.params.models.dtype not in (AUTO, probe.fitted.dtype):
            raise self._misfit("number format")
        return probe

    def _misfit(self, what: str) -> InputError:
        return InputError(
            f"params.yaml: {self.place}.probe: {self.named.probe} was fitted to another {what}; `sparring probe` makes "
            "one anew"
        )

    @property
    def asked_with(self) -> Params:
        """The recipe with a conversation sent as it is."""
        longest = self.named.max_new_tokens or ANSWER_TOKENS
        changed = {"dialect": BARE, "max_new_tokens": longest}
        return self.params.model_copy(update={"target": self.params.target.model_copy(update=changed)})


def _verdict(text: str) -> bool | None:
    """The first of both words that an answer says."""
    found = VERDICT.search(said(text))
    return None if found is None else found[1].lower() == "yes"


def question(seed: Example, rewrite: str) -> Example:
    """What is asked of one rewrite, behind the examples."""
    tools, call = "\n".join(map(_tool_line, seed.tools)), "; ".join(map(_call_text, seed.gold)) or NO_CALL
    turns = [
        *_FIXED,
        Message(role="user", content=render_prompt(KIND, tools=tools, seed=seed.query, call=call, other=rewrite)),
    ]
    return Example(id=KIND, source=KIND, category=KIND, tools=[], messages=turns, gold=[])


def _examples() -> list[Message]:
    """The instructions and the examples, which every question begins with."""
    turns = [Message(role="system", content=render_prompt("same_call_rules"))]
    for tools, seed, call, others in SHOTS:
        for other, verdict in others:
            asked = render_prompt(KIND, tools=tools, seed=seed, call=call, other=other)
            turns += [Message(role="user", content=asked), Message(role="assistant", content=verdict)]
    return turns


def _tool_line(tool: Tool) -> str:
    """A tool in a line: what it is for, and its arguments."""
    wanted = set(tool.parameters.get("required") or [])
    properties: Mapping[str, Any] = tool.parameters.get("properties") or {}
    arguments = "; ".join(_argument(name, schema, name in wanted) for name, schema in properties.items())
    return f"{tool.name}: {tool.description[:DESCRIPTION]} Arguments: {arguments}"


def _argument(name: str, schema: Any, required: bool) -> str:
    told: Mapping[str, Any] = schema if isinstance(schema, dict) else {}
    options = told.get("enum")
    kind = " | ".join(map(json.dumps, options[:OPTIONS])) if isinstance(options, list) else told.get("type", "any")
    return f"{name}{'' if required else '?'}: {kind} ({str(told.get('description') or '')[:ARGUMENT]})"


def _call_text(call: GoldCall) -> str:
    """A call with the first accepted value of each argument, and what may be left out."""
    given = []
    for name, accepted in call.arguments.items():
        value = plain_value(first_accepted(accepted))
        shown = json.dumps(value)
        if not may_be_omitted(accepted):
            given.append(f"{name}={shown}")
        else:
            given.append(f"{name} left out" if value == OMITTED else f"{name} left out or {shown}")
    return f"{call.name}({', '.join(given)})"


def model_digest(folders: Iterable[str]) -> str:
    """What a model is called by whom a probe was fitted: from the SHA-256 of its folders."""
    return hashlib.sha256("\n".join(sorted(folders)).encode()).hexdigest()


def _asked_like() -> str:
    """SHA-256 of what a question is made of, told by one of them."""
    tool = Tool(name="f", description="d", parameters={"properties": {"a": {"type": "integer"}}, "required": ["a"]})
    gold = [GoldCall(name="f", arguments={"a": [1]})]
    seeds = [
        Example(id="", source="", category="", tools=[tool], messages=[Message(role="user", content="s")], gold=each)
        for each in (gold, [])
    ]
    told = [turn.content for seed in seeds for turn in question(seed, "r").messages]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


_FIXED = _examples()
QUESTION = _asked_like()
