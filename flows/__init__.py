"""Flows: the order of the steps. What is scheduled, and what a person starts.

Settings that must stand before Prefect, MLflow and torch are imported: nothing is reported to anybody, the embedded
server has time to start on a slow machine, and threads leave a busy machine to those that work. A value that the
environment already has is kept.
"""

import os

from flows.run_log import tell_run
from sparring.engine.memory import collect_seldom, end_quickly
from sparring.terminal import also_tell

collect_seldom()
end_quickly()
also_tell(tell_run)
for name, value in {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "90",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "DO_NOT_TRACK": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DVC_NO_ANALYTICS": "true",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TQDM_DISABLE": "1",  # the program has lines of its own; a log would hold hundreds of the libraries' bars
    "GOMP_SPINCOUNT": "5000",  # threads that spin for long take the cores of whoever they wait for (docs/machines.md)
}.items():
    os.environ.setdefault(name, value)
