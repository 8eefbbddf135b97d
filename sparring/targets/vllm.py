"""The target behind a served vLLM, with a LoRA adapter that is loaded for as long as it is asked.

vLLM is installed and started apart, with `--enable-lora` and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True, on a machine that
sees the adapter's folder under the same path. The one surprise: the adapter's name there holds a hash of its files, so
that another checkpoint is another model, for vLLM and for the journal.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from pydantic import BaseModel, ValidationError

from sparring.dialects.base import Dialect
from sparring.errors import InputError, SparringError, UnreachableError
from sparring.storage import first_fault, hash_tree
from sparring.targets.endpoint import EndpointParams, EndpointTarget, headers
from sparring.targets.exchange import Answer, ExchangeError, bounded_client, exchange, without_key
from sparring.terminal import say

HASH_CHARS = 12
MAX_SHOWN = 200


class _Model(BaseModel):
    id: str


class _Models(BaseModel):
    data: list[_Model]


@contextmanager
def served_adapter(
    params: EndpointParams, dialect: Dialect, max_new_tokens: int, journal: Path, adapter: Path
) -> Iterator[EndpointTarget]:
    """Loads an adapter into a served vLLM, gives the target that answers with it, and unloads it afterwards.

    An adapter that is loaded already is used, and stays.

    Args:
        params: The server; `model` is the base that it serves.
        dialect: How calls are written.
        max_new_tokens: Longest answer.
        journal: File that keeps finished rows.
        adapter: Folder of the LoRA adapter.

    Raises:
        InputError: There is no such adapter, or the server does not take it.
        UnreachableError: The server does not answer.
    """
    if not (adapter / "adapter_config.json").exists():
        raise InputError(f"{adapter / 'adapter_config.json'}: no such file; expected the folder of a LoRA adapter")
    name = f"{params.model.strip('/').split('/')[-1]}-{hash_tree(adapter)[:HASH_CHARS]}"
    target = EndpointTarget(params.model_copy(update={"model": name}), dialect, max_new_tokens, journal)
    base_url = params.base_url.rstrip("/")
    with bounded_client(headers(params.key_variable)) as client:
        server = _Server(client, base_url, params.timeout_s)
        loaded_here = not _serves(server, name)
        if loaded_here:
            _post(server, "load_lora_adapter", {"lora_name": name, "lora_path": str(adapter.resolve())})
        try:
            yield target
        finally:
            if loaded_here:
                _unload(server, name)


@dataclass(frozen=True)
class _Server:
    client: httpx.Client
    base_url: str
    timeout_s: float

    def sent(self, method: str, path: str, body: dict[str, Any] | None) -> Answer:
        content = None if body is None else json.dumps(body).encode()
        try:
            return exchange(self.client, method, f"{self.base_url}/{path}", self.timeout_s, content)
        except ExchangeError as error:
            raise UnreachableError(without_key(self.client, f"{self.base_url}/{path}: {error}")[:MAX_SHOWN]) from None


def _serves(server: _Server, name: str) -> bool:
    """Whether the server lists a model or adapter of that name."""
    url = f"{server.base_url}/models"
    try:
        served = _Models.model_validate_json(server.sent("GET", "models", None).body)
    except ValidationError as error:
        raise InputError(f"{url}: no list of models: {first_fault(error)}"[:MAX_SHOWN]) from None
    return any(model.id == name for model in served.data)


def _post(server: _Server, path: str, body: dict[str, str]) -> None:
    answer = server.sent("POST", path, body)
    url = f"{server.base_url}/{path}"
    if answer.status == httpx.codes.NOT_FOUND:
        raise InputError(
            f"{url}: not found; start vLLM with --enable-lora and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True, on a machine "
            f"that sees {body.get('lora_path', 'the adapter')}"
        )
    if answer.status != httpx.codes.OK:
        shown = without_key(server.client, answer.shown)[:MAX_SHOWN]
        raise InputError(f"{url}: HTTP {answer.status} for {body['lora_name']}: {shown}")


def _unload(server: _Server, name: str) -> None:
    """A server that keeps the adapter costs memory there, never a result here: it is said, not raised."""
    try:
        _post(server, "unload_lora_adapter", {"lora_name": name})
    except SparringError as error:
        say(f"warning: {error}")
