"""The target behind a served vLLM, with a LoRA adapter that is loaded for as long as it is asked.

vLLM is installed and started apart, with `--enable-lora` and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True, on a machine that
sees the adapter's folder under the same path. The one surprise: the adapter's name there holds a hash of its files, so
that another checkpoint is another model, for vLLM and for the journal.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from pydantic import BaseModel, ValidationError

from sparring.dialects.base import Dialect
from sparring.storage import InputError, first_fault, hash_tree
from sparring.targets.endpoint import EndpointParams, EndpointTarget, headers
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
    """
    if not (adapter / "adapter_config.json").exists():
        raise InputError(f"{adapter / 'adapter_config.json'}: no such file; expected the folder of a LoRA adapter")
    name = f"{params.model.strip('/').split('/')[-1]}-{hash_tree(adapter)[:HASH_CHARS]}"
    target = EndpointTarget(params.model_copy(update={"model": name}), dialect, max_new_tokens, journal)
    base_url = params.base_url.rstrip("/")
    with httpx.Client(headers=headers(params.key_variable), timeout=params.timeout_s) as client:
        loaded_here = not _serves(client, base_url, name)
        if loaded_here:
            path = str(adapter.resolve())
            _post(client, f"{base_url}/load_lora_adapter", {"lora_name": name, "lora_path": path})
        try:
            yield target
        finally:
            if loaded_here:
                _unload(client, f"{base_url}/unload_lora_adapter", name)


def _serves(client: httpx.Client, base_url: str, name: str) -> bool:
    """Whether the server lists a model or adapter of that name."""
    url = f"{base_url}/models"
    try:
        served = _Models.model_validate_json(_sent(client, "GET", url, None).content)
    except ValidationError as error:
        raise InputError(f"{url}: no list of models: {first_fault(error)}"[:MAX_SHOWN]) from None
    return any(model.id == name for model in served.data)


def _post(client: httpx.Client, url: str, body: dict[str, str]) -> None:
    response = _sent(client, "POST", url, body)
    if response.status_code == httpx.codes.NOT_FOUND:
        raise InputError(
            f"{url}: not found; start vLLM with --enable-lora and VLLM_ALLOW_RUNTIME_LORA_UPDATING=True, on a machine "
            f"that sees {body.get('lora_path', 'the adapter')}"
        )
    if response.status_code != httpx.codes.OK:
        shown = " ".join(response.text.split())[:MAX_SHOWN]
        raise InputError(f"{url}: HTTP {response.status_code} for {body['lora_name']}: {shown}")


def _unload(client: httpx.Client, url: str, name: str) -> None:
    """A server that keeps the adapter costs memory there, never a result here: it is said, not raised."""
    try:
        _post(client, url, {"lora_name": name})
    except InputError as error:
        say(f"warning: {error}")


def _sent(client: httpx.Client, method: str, url: str, body: dict[str, Any] | None) -> httpx.Response:
    try:
        return client.request(method, url, json=body)
    except httpx.RequestError as error:
        raise InputError(f"{url}: {type(error).__name__}: {error}"[:MAX_SHOWN]) from None
