"""What a command line's options name: one target, an endpoint or a checkpoint of this machine."""

import json
from pathlib import Path
from typing import Any

from sparring.errors import InputError
from sparring.secrets_in_text import secret_in
from sparring.targets.settings import TargetSettings


def named_target(
    base_url: str | None,
    model: str | None,
    key_variable: str | None,
    checkpoint: Path | None,
    adapter: Path | None,
    body: str | None,
    backend: str | None,
) -> TargetSettings:
    """The target that the options of the same names give; `body` is JSON.

    Raises:
        InputError: They name no target, or two.
    """
    if (base_url is None) == (checkpoint is None):
        raise InputError("name one target: --base-url with --model, or --checkpoint")
    if base_url is not None and model is None:
        raise InputError("--base-url needs --model: the model's name there")
    if base_url is None and (model is not None or key_variable is not None):
        raise InputError("--model and --key-variable belong to an endpoint: give --base-url")
    if (found := secret_in(base_url or "")) is not None:
        raise InputError(f"--base-url: holds {found}; keys come from the environment only: --key-variable")
    return TargetSettings(
        base_url=base_url,
        model=model or str(checkpoint.resolve() if checkpoint is not None else ""),
        key_variable=key_variable,
        adapter=None if adapter is None else str(adapter.resolve()),
        body=_body(body, base_url),
        named=backend,
    )


def _body(text: str | None, base_url: str | None) -> dict[str, Any]:
    """The further fields of requests."""
    if text is None:
        return {}
    if base_url is None:
        raise InputError("--body belongs to an endpoint: give --base-url")
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InputError(f"--body: not JSON: {error}") from None
    if not isinstance(found, dict):
        raise InputError("--body: expected a JSON object of fields")
    return found
