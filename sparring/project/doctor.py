"""What would fail, said before it does: one line a finding, each with what to do about it.

It looks and changes nothing. Servers are asked over HTTP and stores are read as files, so that it works where Prefect,
MLflow or DVC themselves do not start.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal

import psutil
import torch
from packaging.requirements import Requirement

from sparring.config import AUTO, BASELINE, Params, load_params
from sparring.engine.number_format import best_format, campaign_format, rates_for, rates_text, settled, slow_warning
from sparring.errors import InputError
from sparring.manifests import read_manifest
from sparring.project.answer_room import cut_answers
from sparring.project.estimate import Estimate, estimate
from sparring.project.findings import Finding
from sparring.project.library import LIBRARY, other_library
from sparring.project.prepare import check_recipe
from sparring.project.schedules import schedule_findings
from sparring.project.shipped import in_a_clone
from sparring.project.sizes import lacking_rows
from sparring.secrets_in_text import masked
from sparring.storage import RoundPaths, changed_since
from sparring.targets.exchange import ExchangeError, bounded_client, exchange

PACKAGE = "sparring"
EXTRAS = ("", "audit", "report", "train", "pipeline")  # all that a campaign needs
GIGABYTE = 1e9
LEAST_DISK_GB, LITTLE_DISK_GB = 1.0, 5.0
PATIENCE_S, DVC_PATIENCE_S = 3.0, 60.0
HEALTH = {"PREFECT_API_URL": "/health", "MLFLOW_TRACKING_URI": "/health"}


def examine(root: Path) -> Iterator[Finding]:
    """Everything that can be known in seconds, one finding after another."""
    yield from _packages()
    yield from _library(root)
    yield _writable(root)
    yield _disk(root)
    try:
        params = load_params(root / "params.yaml")
        check_recipe(params)
    except InputError as error:
        yield Finding("fail", "recipe", str(error))
        return
    yield from _costs(params, root)
    yield _models(root)
    yield from _servers(root)
    yield from _keys(params)
    yield from _rounds(root, params)
    yield from schedule_findings(root)
    yield _dvc(root)


def _costs(params: Params, root: Path) -> Iterator[Finding]:
    """What the recipe takes here; a broken manifest of the baseline, which names the number format, hides it."""
    try:
        cost = estimate(params, root)
    except InputError as error:
        yield Finding("fail", "recipe", str(error))
        return
    yield Finding("ok", "recipe", cost.sentence())
    lacking = (*cost.too_few(), *lacking_rows(params, root), *cut_answers(params, root))
    yield from (Finding("warn", "verdict", text) for text in lacking)
    yield _number_format(params, root)
    yield from _machine(params, cost)


def _packages() -> Iterator[Finding]:
    """Python, and every requirement of this package against what is installed."""
    wrong = []
    for line in requires(PACKAGE) or []:
        wanted = Requirement(line)
        if wanted.marker is not None and not any(wanted.marker.evaluate({"extra": extra}) for extra in EXTRAS):
            continue
        try:
            found = version(wanted.name)
        except PackageNotFoundError:
            wrong.append(f"{wanted.name} is missing")
        else:
            if not wanted.specifier.contains(found, prereleases=True):
                wrong.append(f"{wanted.name} {found} is not {wanted.specifier}")
    python = ".".join(map(str, sys.version_info[:3]))
    if wrong:
        whole = "-e '.[dev]'" if in_a_clone() else "'sparring[pipeline]'"
        yield Finding("fail", "packages", f"{'; '.join(wrong)}: pip install -c constraints.txt {whole}")
    else:
        yield Finding("ok", "packages", f"Python {python}, all requirements met")


def _library(root: Path) -> Iterator[Finding]:
    """The library against the one that a project outside a clone was made with."""
    try:
        other = other_library(root)
    except InputError as error:
        yield Finding("fail", "library", str(error))
        return
    if other is not None:
        yield Finding("warn", "library", other)
    elif (root / LIBRARY).exists():
        yield Finding("ok", "library", f"the one that {LIBRARY} names")


def _writable(root: Path) -> Finding:
    folders = [root, *(root / name for name in ("data", "models", ".work") if (root / name).exists())]
    for folder in folders:
        try:
            with tempfile.TemporaryFile(dir=folder) as handle:
                handle.write(b"x")
        except OSError as error:
            return Finding("fail", "write access", f"{folder}: {error.strerror}")
    return Finding("ok", "write access", f"{len(folders)} folders")


def _disk(root: Path) -> Finding:
    free = shutil.disk_usage(root).free / GIGABYTE
    state: Literal["ok", "warn", "fail"] = "ok"
    if free < LITTLE_DISK_GB:
        state = "fail" if free < LEAST_DISK_GB else "warn"
    return Finding(
        state, "disk", f"{free:.1f} GB free" + ("" if state == "ok" else f", {LITTLE_DISK_GB:.0f} are wanted")
    )


def _number_format(params: Params, root: Path) -> Finding:
    """Both formats' rates here, and the one that the recipe or its baseline stands for."""
    rates, campaign = rates_for(params, root), campaign_format(root)
    named, best = params.models.dtype, best_format(rates)
    chosen = settled(params, root).models.dtype
    measured = f"{rates_text(rates)} on {rates.processor}"
    if named != AUTO:
        warning = slow_warning(named, rates)
        return Finding(
            "warn" if warning else "ok", "number format", warning or f"{named}, as the recipe names; {measured}"
        )
    if campaign is not None and campaign != best:
        text = f"{chosen}, since {BASELINE} was played in it; this machine would choose {best}: {measured}"
        return Finding("warn", "number format", text)
    why = "chosen by measurement" if campaign is None else f"as {BASELINE} was played"
    return Finding("ok", "number format", f"{chosen}, {why}: {measured}")


def _machine(params: Params, cost: Estimate) -> Iterator[Finding]:
    """Memory, processors, accelerator."""
    free, wanted = psutil.virtual_memory().available / GIGABYTE, cost.gigabytes
    if wanted is None:
        yield Finding("warn", "memory", f"{free:.1f} GB free; how much is wanted cannot be told")
    else:
        enough = free > wanted or torch.cuda.is_available()
        text = f"{free:.1f} GB free, about {wanted:.1f} wanted"
        yield Finding("ok" if enough else "warn", "memory", text)
    cores, threads = psutil.cpu_count() or 1, params.threads * params.training.processes
    text = f"{cores} cores, {threads} threads wanted"
    yield (
        Finding("ok", "processors", text) if threads <= cores else Finding("warn", "processors", f"{text}: far slower")
    )
    if torch.cuda.is_available():
        yield Finding("ok", "accelerator", torch.cuda.get_device_name())
    elif Path("/dev/nvidia0").exists():
        yield Finding(
            "warn", "accelerator", "there is one, but this torch cannot use it: install a CUDA build of torch"
        )
    else:
        yield Finding("ok", "accelerator", "none: everything runs on the processor")


def _models(root: Path) -> Finding:
    missing = [name for name in ("models/base", "models/embedding", "data/splits") if not (root / name).exists()]
    if not missing:
        return Finding("ok", "data and models", "prepared")
    shelf = os.environ.get("SPARRING_WHEELS")
    if shelf is not None and not Path(shelf).is_dir():
        return Finding("fail", "data and models", f"SPARRING_WHEELS: {shelf}: no such folder")
    return Finding("warn", "data and models", f"no {', '.join(missing)} yet: `sparring flow prepare` fetches them")


def _servers(root: Path) -> Iterator[Finding]:
    """The servers that the environment names; without a name each has its own store here."""
    for variable, path in HEALTH.items():
        address = os.environ.get(variable, "")
        if address.startswith("http"):
            yield _answers(variable, address.rstrip("/") + path)
        elif variable == "PREFECT_API_URL":
            yield Finding("ok", "Prefect", "no PREFECT_API_URL: each start brings a server of its own")
        else:
            yield _database(_store(root))


def _store(root: Path) -> Path:
    """The SQLite file of MLflow's runs."""
    named = os.environ.get("MLFLOW_TRACKING_URI", "").removeprefix("sqlite:///").partition("?")[0]
    return Path(named) if named else root / "mlflow.db"


def _answers(about: str, address: str) -> Finding:
    try:
        with bounded_client({}) as client:
            status = exchange(client, "GET", address, PATIENCE_S).status
    except ExchangeError as error:
        return Finding("fail", about, masked(f"{address}: {error}"))
    return Finding("ok" if status < 400 else "fail", about, masked(f"{address}: {status}"))


def _database(path: Path) -> Finding:
    if not path.exists():
        return Finding("ok", "MLflow", "no runs yet")
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=PATIENCE_S)) as store:
            found = store.execute("pragma quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        return Finding("fail", "MLflow", f"{path}: {error}")
    return Finding("ok", "MLflow", str(path)) if found == "ok" else Finding("fail", "MLflow", f"{path}: {found}")


def _keys(params: Params) -> Iterator[Finding]:
    """What the recipe's judge needs."""
    if params.judge is None:
        return
    name = params.judge.key_variable
    if name is not None and not os.environ.get(name):
        yield Finding("fail", "judge", f"judge.key_variable: {name} is not set in the environment")
    yield _answers("judge", params.judge.base_url.rstrip("/") + "/models")


def _rounds(root: Path, params: Params) -> Iterator[Finding]:
    """Finished rounds against their files and MLflow's runs; half-done ones."""
    known = _known_runs(root)
    for name in (BASELINE, *params.rounds):
        paths = RoundPaths(root, name)
        if not paths.manifest.exists():
            continue
        try:
            found = read_manifest(paths)
        except InputError as error:
            yield Finding("fail", name, str(error))
            continue
        missing = [path for path in found.outputs if not (root / path).exists()]
        if missing:
            yield Finding("warn", name, f"{missing[0]} is not here: make pull (or dvc checkout) brings it")
        elif (broken := changed_since(root, found.outputs)) is not None:
            yield Finding(
                "fail", name, f"{broken} is not what the round wrote: dvc checkout, make pull, or play it again"
            )
        elif known is not None and found.mlflow_run_id not in known:
            yield Finding(
                "warn", name, f"MLflow does not know its run {found.mlflow_run_id}: another store, or a lost one"
            )
        else:
            yield Finding("ok", name, found.verdict)
    for folder in sorted((root / ".work").glob("r[0-9]*-*")):
        if folder.is_dir():
            yield Finding(
                "ok", folder.name.partition("-")[0], "half-done work is there: the next start goes on with it"
            )


def _known_runs(root: Path) -> set[str] | None:
    """Ids of the runs in MLflow's own file; None where runs lie elsewhere, or it cannot be read."""
    path = _store(root)
    if os.environ.get("MLFLOW_TRACKING_URI", "").startswith("http") or not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=PATIENCE_S)) as store:
            return {row[0] for row in store.execute("select run_uuid from runs where lifecycle_stage = 'active'")}
    except sqlite3.Error:
        return None


def _dvc(root: Path) -> Finding:
    """Whether `dvc repro` would have anything to do."""
    if not (root / ".dvc").exists():
        return Finding("warn", "DVC", "no .dvc folder: data sets are not versioned")
    command = [sys.executable, "-m", "dvc", "status", "--quiet"]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=DVC_PATIENCE_S)
    except subprocess.TimeoutExpired:
        return Finding("warn", "DVC", f"dvc status took more than {DVC_PATIENCE_S:.0f} s")
    if done.returncode == 0:
        return Finding("ok", "DVC", "nothing is stale")
    said = (done.stderr.strip().splitlines() or [""])[-1]
    if said:
        return Finding("fail", "DVC", said)
    return Finding(
        "warn", "DVC", "stages are stale or not played yet: dvc status names them, `sparring flow training` plays them"
    )
