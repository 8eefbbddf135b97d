"""The end of a campaign in five lines: verdict, report, MLflow, champion, next step. Writes the report to report/."""

import os
import shlex
import sys
from pathlib import Path

from sparring.errors import InputError
from sparring.manifests import read_manifest
from sparring.project.library import LIBRARY
from sparring.records import RoundResult
from sparring.storage import RoundPaths
from sparring.studies.shipping import round_decision

REPORT = "report"
NEXT = {
    "promoted": "`sparring compare {after} {round}` asks both on rows that decided nothing, for what the verdict does "
    "not see; `sparring export champion DIR` writes the checkpoint; another round is one line in params.yaml",
    "worse": "read what it lost in the report; change the recipe or the data, then play the round again",
    "not_shown": "more rows tell more: `sparring profile` says which difference a recipe can show",
    "baseline": "add a round to params.yaml (r01: {{after: r00}}) and start again",
}


def ending(root: Path, last: str) -> list[str]:
    """Writes the report of all finished rounds; returns the five lines about the last one."""
    from sparring.report import write_reports  # brings matplotlib, which playing does not need

    result = read_manifest(RoundPaths(root, last))
    shipping, reason = round_decision(result)
    try:
        report = write_reports([root], root / REPORT).as_posix()
    except InputError as error:  # a broken older round does not undo the one that was just played
        report = f"none was written: {error}"
    adapter = RoundPaths(root, result.champion).target_adapter.relative_to(root)
    return [
        f"verdict:   {last}, {shipping}. {reason}",
        f"report:    {report}",
        f"MLflow:    {_mlflow(root)}",
        f"champion:  {result.champion}, {adapter.as_posix()}",
        f"next:      {_next(result)}",
    ]


def _mlflow(root: Path) -> str:
    if configured := os.environ.get("MLFLOW_TRACKING_URI"):
        return configured
    store = f"sqlite:///{root / 'mlflow.db'}"
    beside = Path(sys.executable).with_name("mlflow")  # pipx puts `sparring` alone on the path
    program = shlex.quote(str(beside)) if (root / LIBRARY).exists() else beside.name
    return f"{program} ui --backend-store-uri {shlex.quote(store)}"


def _next(result: RoundResult) -> str:
    outcome = result.outcome or ("promoted" if result.promoted else "not_shown")
    return NEXT[outcome].format(after=result.after, round=result.round)
