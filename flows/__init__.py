"""Flows: the order of the steps. What is scheduled, and what a person starts.

Settings that must stand before Prefect and MLflow are imported: nothing is reported to anybody, and the embedded server
has time to start on a slow machine. A value that the environment already has is kept.
"""

import os

from sparring.memory import collect_seldom

collect_seldom()
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
}.items():
    os.environ.setdefault(name, value)
