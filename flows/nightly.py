"""Nightly audit: what a schedule attacks every night: an endpoint, or the target that the last round left.

Each night has an audit of its own, named by the planned date, which also decides the attacks: one that was interrupted
goes on, the next draws attacks that no night before it drew, on the same requests.
"""

from pathlib import Path

from prefect import flow, runtime

from flows.audit import audit
from sparring.config import BASELINE, load_params
from sparring.errors import InputError
from sparring.manifests import read_manifest
from sparring.records import RoundResult
from sparring.secrets_in_text import secret_in
from sparring.storage import RoundPaths
from sparring.studies.audit import RULES, AuditChoices, AuditSettings, decide


class AuditFailed(RuntimeError):
    """The night's audit did not pass: too many attacks succeeded, or too little was answered or asked to say."""


@flow(name="nightly-audit", flow_run_name="{campaign}")
def nightly_audit(
    root: Path,
    campaign: str,
    seeds: str = "test",
    base_url: str | None = None,
    model: str | None = None,
    key_variable: str | None = None,
    fail_above: float | None = None,
) -> RoundResult:
    """Audits the endpoint, or without one the last champion; fails unless all of the interval is below `fail_above`.

    Raises:
        AuditFailed: The audit did not pass.
        InputError: Half an endpoint is named, or no round was played yet.
    """
    root = root.resolve()
    if (base_url is None) != (model is None):
        raise InputError("an endpoint needs base_url and model")
    if (found := secret_in(base_url or "")) is not None:
        raise InputError(f"base_url: holds {found}; keys come from the environment only: key_variable")
    planned = runtime.flow_run.scheduled_start_time
    settings = AuditSettings(
        base_url=base_url,
        model=model or str(root / "models" / "base"),
        key_variable=key_variable,
        adapter=None if base_url is not None else str(last_champion(root).target_adapter),
        attacker=RULES,
        seeds=seeds,
        draw=planned.toordinal(),
    )
    name = f"{campaign}-{planned:%Y-%m-%d}"
    result = audit(root, name, settings, AuditChoices(fail_above=fail_above))
    decided = decide(result.rates, load_params(root / "params.yaml").audit, fail_above)
    if decided.exit_code != 0:
        raise AuditFailed(f"{name}: {decided.state} (exit code {decided.exit_code}): {decided.reason}")
    return result


def last_champion(root: Path) -> RoundPaths:
    """The round whose target stands after the last finished round.

    Raises:
        InputError: No round was played yet.
    """
    names = (*reversed(load_params(root / "params.yaml").rounds), BASELINE)
    for name in names:
        if (paths := RoundPaths(root, name)).manifest.exists():
            return RoundPaths(root, read_manifest(paths).champion)
    raise InputError(f"{RoundPaths(root, BASELINE).manifest}: no such file; play the baseline first")
