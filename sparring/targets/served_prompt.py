"""What a served model reads, beside what it was trained on: token by token, or by letters where no tokens are told.

A server writes its own prompt of messages and tools, by a template that may be another than the trained one, and
then every figure is of another model. Two kinds of servers show it: vLLM (`/tokenize` of a conversation) and llama.cpp
(`/apply-template`, then `/tokenize` of the text). The one surprise: what is shown is the request of the audit itself,
names on the wire, strict schemas and all, so a dialect that was not trained shows as well.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import httpx

from sparring.dialects.base import Dialect
from sparring.errors import InputError
from sparring.targets.chat_wire import ChatWire
from sparring.targets.endpoint import EndpointParams, headers
from sparring.targets.exchange import ExchangeError, bounded_client, exchange, without_key
from sparring.targets.trained_prompts import ServedPrompt, TrainedPrompt, read_trained

MAX_SHOWN = 60
OF_A_CONVERSATION = ("model", "messages", "tools", "chat_template", "chat_template_kwargs")


@dataclass(frozen=True)
class _Shown:
    """A prompt as the server has it: text, tokens, or both."""

    text: str | None
    tokens: list[int] | None


@dataclass(frozen=True)
class _Server:
    client: httpx.Client
    root: str
    timeout_s: float

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The JSON object that comes back; an empty one where the server does not know the way.

        Raises:
            ExchangeError: No whole answer came.
        """
        answer = exchange(self.client, "POST", f"{self.root}/{path}", self.timeout_s, json.dumps(body).encode())
        if answer.status != httpx.codes.OK:
            return {}
        try:
            found = json.loads(answer.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def served_prompt(endpoint: EndpointParams, dialect: Dialect, exported: Path) -> ServedPrompt:
    """Asks the server for its prompts of the rows that an exported model keeps, and compares.

    Args:
        endpoint: The server, and how it is asked.
        dialect: The audit's.
        exported: The exported model.

    Raises:
        InputError: The exported model keeps no prompts, or the key's variable is not set.
    """
    trained = read_trained(exported).rows
    if not trained:
        raise InputError(f"{exported}: keeps no prompt; export the round again")
    wire = ChatWire(dialect, endpoint.model, 1, endpoint.body, endpoint.tool_use)
    root = endpoint.base_url.rstrip("/").removesuffix("/v1")
    with bounded_client(headers(endpoint.key_variable)) as client:
        server = _Server(client, root, endpoint.timeout_s)
        try:
            shown = [_shown(server, wire.row(row.example, 0, 0.0, 0).body) for row in trained]
        except ExchangeError as error:
            return _not_compared(without_key(client, str(error)))
    pairs = [(row, one) for row, one in zip(trained, shown, strict=True) if one is not None]
    if not pairs:
        return _not_compared("it has neither /tokenize of a conversation (vLLM) nor /apply-template (llama.cpp)")
    if other := next((said for row, one in pairs if (said := _difference(row, one)) is not None), None):
        return ServedPrompt(
            state="different", text=f"The server shows another prompt than the exported model was trained on: {other}."
        )
    unit = "token by token" if all(one.tokens is not None for _, one in pairs) else "letter by letter"
    return ServedPrompt(
        state="equal", text=f"The server shows {len(pairs)} prompts as the exported model was trained on them, {unit}."
    )


def _not_compared(reason: str) -> ServedPrompt:
    return ServedPrompt(
        state="not compared",
        text=f"What the server shows was not compared with what the exported model was trained on: {reason}.",
    )


def _shown(server: _Server, body: Mapping[str, Any]) -> _Shown | None:
    return next((found for read in READERS if (found := read(server, body)) is not None), None)


def _by_llama_cpp(server: _Server, body: Mapping[str, Any]) -> _Shown | None:
    """The whole request goes in, since the choice of tools and parallel calls may change the prompt as well."""
    text = server.post("apply-template", body).get("prompt")
    if not isinstance(text, str):
        return None
    asked = {"content": text, "add_special": True, "parse_special": True}  # as its chat route reads the prompt
    return _Shown(text, _numbers(server.post("tokenize", asked).get("tokens")) or None)


def _by_vllm(server: _Server, body: Mapping[str, Any]) -> _Shown | None:
    asked = {key: body[key] for key in OF_A_CONVERSATION if key in body} | {"add_generation_prompt": True}
    found = server.post("tokenize", asked)
    tokens = _numbers(found.get("tokens"))
    if not tokens or found.get("count") != len(tokens):
        return None
    text = server.post("detokenize", {"model": body["model"], "tokens": tokens}).get("prompt")
    return _Shown(text if isinstance(text, str) else None, tokens)


READERS: tuple[Callable[[_Server, Mapping[str, Any]], _Shown | None], ...] = (_by_llama_cpp, _by_vllm)


def _numbers(found: Any) -> list[int] | None:
    return found if isinstance(found, list) and all(type(one) is int for one in found) else None


def _difference(row: TrainedPrompt, shown: _Shown) -> str | None:
    """Where the two differ first, with both sides; None where they are equal."""
    same_text = shown.text == row.text
    if shown.tokens == row.tokens or (shown.tokens is None and same_text):
        return None
    if shown.text is not None and not same_text:
        place = _first(shown.text, row.text)
        there, here = (repr(text[place : place + MAX_SHOWN]) for text in (shown.text, row.text))
        return f"row {row.example.id}, from letter {place} on it has {there}, the training had {here}"
    place = _first(shown.tokens or [], row.tokens)
    return (
        f"row {row.example.id}, from token {place} on it has {(shown.tokens or [])[place : place + 3]}, the training "
        f"had {row.tokens[place : place + 3]}"
    )


def _first(one: Sequence[Any], other: Sequence[Any]) -> int:
    return next(place for place, (a, b) in enumerate(zip_longest(one, other)) if a != b)
