"""Command-line options that name a target: an endpoint, or a checkpoint of this machine."""

import argparse
import json
from pathlib import Path
from typing import Any

from sparring.errors import InputError
from sparring.secrets_in_text import secret_in
from sparring.targets.backends import TARGETS
from sparring.targets.settings import TargetSettings


def add_target_arguments(made: argparse.ArgumentParser) -> None:
    """Adds the options."""
    made.add_argument("--base-url", help="an OpenAI-compatible endpoint, up to and with /v1")
    made.add_argument("--model", help="the model's name at the endpoint")
    made.add_argument("--key-variable", help="environment variable that holds the endpoint's key")
    made.add_argument("--checkpoint", type=Path, help="instead of an endpoint: folder of a Transformers model")
    made.add_argument("--adapter", type=Path, help="LoRA adapter: loaded into a served vLLM, or merged into the model")
    made.add_argument(
        "--body",
        metavar="JSON",
        help='further fields of each request, as {"reasoning_effort": "low"}; null leaves out a usual one, as seed',
    )
    made.add_argument("--backend", choices=TARGETS, help="who asks it (default: what goes with the other options)")
    made.add_argument("--dialect", help="how the target writes calls (default: target.dialect of params.yaml)")


def target_settings(chosen: argparse.Namespace) -> TargetSettings:
    """What the options name.

    Raises:
        InputError: They name no target, or two.
    """
    if (chosen.base_url is None) == (chosen.checkpoint is None):
        raise InputError("name one target: --base-url with --model, or --checkpoint")
    if chosen.base_url is not None and chosen.model is None:
        raise InputError("--base-url needs --model: the model's name there")
    if chosen.base_url is None and (chosen.model is not None or chosen.key_variable is not None):
        raise InputError("--model and --key-variable belong to an endpoint: give --base-url")
    if (found := secret_in(chosen.base_url or "")) is not None:
        raise InputError(f"--base-url: holds {found}; keys come from the environment only: --key-variable")
    local = None if chosen.checkpoint is None else str(chosen.checkpoint.resolve())
    return TargetSettings(
        base_url=chosen.base_url,
        model=chosen.model or local,
        key_variable=chosen.key_variable,
        adapter=None if chosen.adapter is None else str(chosen.adapter.resolve()),
        body=_body(chosen),
        named=chosen.backend,
    )


def _body(chosen: argparse.Namespace) -> dict[str, Any]:
    """The further fields of requests."""
    if chosen.body is None:
        return {}
    if chosen.base_url is None:
        raise InputError("--body belongs to an endpoint: give --base-url")
    try:
        found = json.loads(chosen.body)
    except ValueError as error:
        raise InputError(f"--body: not JSON: {error}") from None
    if not isinstance(found, dict):
        raise InputError("--body: expected a JSON object of fields")
    return found
