"""Whether a served model reads what it was trained on: a finding for who looks before an audit, without torch."""

from pathlib import Path
from typing import Literal

from sparring.dialects import DIALECTS, check_dialect
from sparring.project.findings import Finding
from sparring.targets.endpoint import EndpointParams, check_endpoint
from sparring.targets.served_prompt import served_prompt
from sparring.targets.trained_prompts import read_trained

PATIENCE_S = 10.0
STATES: dict[str, Literal["ok", "warn", "fail"]] = {"equal": "ok", "not compared": "warn", "different": "fail"}


def served_finding(exported: Path, base_url: str, model: str, key_variable: str | None) -> Finding:
    """Compares the server's prompts with those of the exported model, asked in the dialect that it was trained on.

    Raises:
        InputError: The exported model keeps no prompts, the address is none, or the key's variable is not set.
    """
    trained = read_trained(exported)
    check_dialect(f"{exported}: dialect", trained.dialect)
    endpoint = EndpointParams(
        base_url=base_url,
        model=model,
        key_variable=key_variable,
        concurrency=1,
        timeout_s=PATIENCE_S,
        max_attempts=1,
        max_requests=None,
        max_tokens=None,
    )
    check_endpoint(endpoint)
    found = served_prompt(endpoint, DIALECTS[trained.dialect], exported)
    return Finding(STATES[found.state], "served prompt", found.text)
