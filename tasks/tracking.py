"""MLflow: one run a round, with parameters, step metrics, data set inputs, adapters as model versions, tables.

Rounds that follow one another are children of one run: the experiment, whose metrics have the rounds as their steps.

Works with nothing configured (SQLite and a folder in the project's root) and against a server (MLFLOW_TRACKING_URI).
The surprise: the database is created under a file lock, since two processes that create it at once break it.
"""

import hashlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_LOGGED_ARTIFACTS, MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NOTE

from sparring.manifests import read_manifest
from sparring.progress import OnLog
from sparring.studies.logged import Columns
from sparring.targets.answering import must_answer
from sparring.targets.chat_model import CHAT_MODEL, ChatModelFile
from tasks.rounds import Round

MAX_PARAM_CHARS = 500
CHECKOUT = "checkout"
MLMODEL = "MLmodel"
LOADED = "registered_model_meta"  # MLflow writes it into a store of this machine that a model was loaded from
BESIDE = (MLMODEL, CHAT_MODEL, LOADED)  # lie beside an adapter in MLflow, and are none of its files
LOCKED_S = 30  # patience with a database that another process writes to


@dataclass(frozen=True)
class RoundRun:
    """The MLflow run of a round, and the run of the experiment that it belongs to."""

    client: MlflowClient
    run_id: str
    experiment_run_id: str

    def logger(self, prefix: str) -> OnLog:
        """A function that logs a step's metrics under a prefix, e.g. rl/reward."""

        def log(step: int, metrics: Mapping[str, float]) -> None:
            self.log(step, {f"{prefix}/{name}": value for name, value in metrics.items()})

        return log

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Logs metrics of one step in one request."""
        now = int(time.time() * 1000)
        self.client.log_batch(self.run_id, metrics=[Metric(k, float(v), now, step) for k, v in metrics.items()])

    def log_over_rounds(self, round_number: int, metrics: Mapping[str, float]) -> None:
        """Logs a round's metrics to the experiment's run, the round being the step."""
        now = int(time.time() * 1000)
        rows = [Metric(name, float(value), now, round_number) for name, value in metrics.items()]
        self.client.log_batch(self.experiment_run_id, metrics=rows)

    def note(self, text: str) -> None:
        """What the run's page says first."""
        self.client.set_tag(self.run_id, MLFLOW_RUN_NOTE, text)

    def log_tables(self, tables: Mapping[str, Columns]) -> None:
        """Logs tables by the names of their files, as MLflow's page shows them.

        The client's own `log_table` appends to a file that is there, so that what a start wrote before it was killed
        would stand in it twice.
        """
        for file, columns in tables.items():
            rows = [list(row) for row in zip(*columns.values(), strict=True)]
            self.client.log_dict(self.run_id, {"columns": list(columns), "data": rows}, file)
        shown = [{"path": file, "type": "table"} for file in tables]
        self.client.set_tag(self.run_id, MLFLOW_LOGGED_ARTIFACTS, json.dumps(shown))

    def log_chat_model(self, folder: str, kept: ChatModelFile) -> None:
        """Makes an adapter's artifacts a model that MLflow loads: `mlflow.pyfunc.load_model` answers chat requests."""
        from mlflow import pyfunc  # brings pandas: half a second that nothing else needs
        from mlflow.models import Model

        model = Model(artifact_path=folder, run_id=self.run_id)
        pyfunc.add_to_model(model, loader_module="sparring.targets.chat_model")
        self.client.log_text(self.run_id, kept.model_dump_json(indent=2) + "\n", f"{folder}/{CHAT_MODEL}")
        self.client.log_text(self.run_id, model.to_yaml(), f"{folder}/{MLMODEL}")

    def register(self, name: str, folder: Path, aliases: tuple[str, ...]) -> None:
        """Stores an adapter as an artifact and registers it as a version of a model, once a run."""
        self.client.log_artifacts(self.run_id, str(folder), artifact_path=folder.name)
        try:
            self.client.create_registered_model(name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        known = self.client.search_model_versions(f"name = '{name}' and run_id = '{self.run_id}'")
        if known:  # a start that was killed after this
            version = known[0].version
        else:
            source = f"{self.client.get_run(self.run_id).info.artifact_uri}/{folder.name}"
            version = self.client.create_model_version(name, source=source, run_id=self.run_id).version
        for alias in aliases:
            self.client.set_registered_model_alias(name, alias, version)

    def finish(self) -> None:
        """Marks the run as finished."""
        self.client.set_terminated(self.run_id)


def connect(root: Path) -> MlflowClient:
    """A client of the configured tracking server, or of the project's own database.

    MLflow's own default stays as it is: setting it sets MLFLOW_TRACKING_URI too, and the next project would take this
    one's database for the configured server.

    Raises:
        UnreachableError: The configured server does not answer.
        sqlite3.Error: The project's database is locked for longer than LOCKED_S, or is none.
    """
    if configured := os.environ.get("MLFLOW_TRACKING_URI"):
        if configured.startswith("http"):
            must_answer("MLflow's store", f"{configured.rstrip('/')}/health")  # MLflow's client tries for minutes
        return MlflowClient(configured)
    database = root / "mlflow.db"
    if database.exists():  # MLflow tries a broken one for two minutes
        with closing(sqlite3.connect(database, timeout=LOCKED_S)) as store:
            store.execute("pragma schema_version")
    return MlflowClient(f"sqlite:///{database}?timeout={LOCKED_S}")


def experiment_id(client: MlflowClient, root: Path, name: str) -> str:
    """The experiment of that name, made on first use with its artifacts in the project's root."""
    with FileLock(root / ".mlflow.lock"):
        found = client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        served = os.environ.get("MLFLOW_TRACKING_URI", "").startswith("http")
        return str(
            client.create_experiment(name, artifact_location=None if served else (root / "mlartifacts").as_uri())
        )


def remembered_run(played: Round) -> Path:
    """The file that names the round's run while the round is half-done."""
    return played.bench.folder / "mlflow_run_id"


def open_run(played: Round) -> RoundRun:
    """The run of this round: a new one, or the one that an interrupted start of the same round left."""
    client = connect(played.project.root)
    experiment = experiment_id(client, played.project.root, played.project.params.experiment)
    remembered = remembered_run(played)
    if remembered.exists():
        run_id = remembered.read_text(encoding="utf-8").strip()
        try:
            client.update_run(run_id, status="RUNNING")
            return RoundRun(client, run_id, client.get_run(run_id).data.tags.get(MLFLOW_PARENT_RUN_ID, run_id))
        except MlflowException:  # another tracking server, or a deleted run: start a new one
            remembered.unlink()
    revisions = _revisions(played.project.root)
    parent = _experiment_run(client, experiment, played, revisions)
    _close_killed(client, experiment, played)
    tags = {
        CHECKOUT: _checkout(played.project.root),
        "round": played.name,
        "after": played.after or "",
        "inputs": played.bench.folder.name,
        MLFLOW_PARENT_RUN_ID: parent,
    }
    tags |= revisions
    run = client.create_run(experiment, run_name=played.name, tags=tags)
    flat = _flatten(played.project.params.model_dump(mode="json"))
    client.log_batch(run.info.run_id, params=[Param(k, str(v)[:MAX_PARAM_CHARS]) for k, v in flat.items()])
    client.log_inputs(run.info.run_id, _data_inputs(played))
    remembered.write_text(run.info.run_id, encoding="utf-8")
    return RoundRun(client, run.info.run_id, parent)


def _experiment_run(client: MlflowClient, experiment: str, played: Round, revisions: Mapping[str, str]) -> str:
    """The run that the round before belongs to, else this experiment's; a new one where there is none yet."""
    if played.after is not None:
        before = read_manifest(played.before).mlflow_run_id
        try:
            return str(client.get_run(str(before)).data.tags[MLFLOW_PARENT_RUN_ID])
        except (MlflowException, KeyError):
            pass
    known = client.search_runs([experiment], "tags.kind = 'experiment'", order_by=["start_time ASC"], max_results=1)
    if known:
        return str(known[0].info.run_id)
    created = client.create_run(
        experiment, run_name=played.project.params.experiment, tags={"kind": "experiment", **revisions}
    )
    client.set_terminated(created.info.run_id)
    return str(created.info.run_id)


def _close_killed(client: MlflowClient, experiment: str, played: Round) -> None:
    """Closes the runs of this round that earlier starts in this folder left open: the round's lock says none plays."""
    mine = f"tags.round = '{played.name}' and tags.{CHECKOUT} = '{_checkout(played.project.root)}'"
    for run in client.search_runs([experiment], f"{mine} and attributes.status = 'RUNNING'"):
        client.set_terminated(run.info.run_id, status="KILLED")


def _checkout(root: Path) -> str:
    """Names this folder on this machine, without telling either."""
    return hashlib.sha256(f"{socket.gethostname()}:{root.resolve()}".encode()).hexdigest()[:16]


def _data_inputs(played: Round) -> list[DatasetInput]:
    """The splits and the previous round's data, by the MD5 that DVC records for the same file."""
    files = sorted((played.project.root / "data" / "splits").glob("*.jsonl"))
    if played.after is not None:
        files += [
            path for name in ("trials", "mistakes", "archive") if (path := played.before.file(f"{name}.jsonl")).exists()
        ]
    return [
        DatasetInput(
            Dataset(
                name=path.relative_to(played.project.root / "data").as_posix(),
                digest=_md5(path),
                source_type="dvc",
                source=path.relative_to(played.project.root).as_posix(),
            ),
            [InputTag("mlflow.data.context", path.stem)],
        )
        for path in files
    ]


def _flatten(section: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in section.items():
        flat |= _flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat


def _revisions(root: Path) -> dict[str, str]:
    """The commit that is checked out, and the MD5 of dvc.lock, which names the data sets; empty where there is none."""
    lock = root / "dvc.lock"
    return {"git": _commit(root), "dvc": _md5(lock) if lock.exists() else ""}


def _commit(root: Path) -> str:
    """The commit that is checked out; empty without a repository, or without git on this machine."""
    if shutil.which("git") is None:
        return ""
    asked = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=False)
    return asked.stdout.strip()


def _md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
