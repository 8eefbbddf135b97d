"""Command-line options that name a target: an endpoint, or a checkpoint of this machine."""

import argparse
from pathlib import Path

from sparring.targets.backends import TARGETS
from sparring.targets.named import named_target
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
    return named_target(
        base_url=chosen.base_url,
        model=chosen.model,
        key_variable=chosen.key_variable,
        checkpoint=chosen.checkpoint,
        adapter=chosen.adapter,
        body=chosen.body,
        backend=chosen.backend,
    )
