"""Another machine takes over: data sets by `dvc pull`, models prepared anew, adapters from MLflow: nothing is stale.

    git clone ... && python -m flows.pull

Which rounds there are is told by the round.json files and dvc.lock in git; where the adapters lie, by the run that each
round.json names. MLFLOW_TRACKING_URI says which server keeps them. What it gives is compared with the hashes in
round.json before it takes its place: who can write to that server must not choose the weights here.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from mlflow.exceptions import MlflowException

from flows.arguments import parser
from flows.machine_faults import ends_clearly
from flows.prepare import prepare
from sparring.config import BASELINE, load_params
from sparring.errors import InputError, UnreachableError
from sparring.machine_faults import first_line
from sparring.manifests import read_manifest
from sparring.records import RoundResult
from sparring.storage import RoundPaths, hash_tree
from sparring.terminal import say
from tasks.tracking import BESIDE, connect


def pull(root: Path) -> None:
    """Brings back all that git does not keep; what is there already, and is what a round wrote, stays.

    Raises:
        InputError: A round names no adapters that could be verified, or its run gives others.
        UnreachableError: A data set or an adapter could not be had.
    """
    params = load_params(root / "params.yaml")
    pull_data(root)
    if not ((root / "models" / "base").exists() and (root / "models" / "embedding").exists()):
        prepare(root)
    for name in (BASELINE, *params.rounds):
        paths = RoundPaths(root, name)
        if paths.manifest.exists():
            pull_adapters(paths)
        else:
            say(f"{name}: not played yet")


def pull_data(root: Path) -> None:
    """`dvc pull`, where a remote is configured."""
    if not _dvc(root, "remote", "list").strip():
        say("data sets: no DVC remote is configured, nothing to pull")
        return
    say("data sets: dvc pull")
    _dvc(root, "pull")


def pull_adapters(paths: RoundPaths) -> None:
    """Both adapters of a round from the artifacts of its run, each whole or not at all; what is right already stays.

    Raises:
        InputError: The run gives another than the round wrote.
        UnreachableError: It gives none.
    """
    manifest = read_manifest(paths)
    wanted = {adapter: _hash_of(manifest, adapter, paths) for adapter in (paths.query_adapter, paths.target_adapter)}
    missing = [adapter for adapter, known in wanted.items() if not adapter.exists() or hash_tree(adapter) != known]
    if not missing:
        say(f"{paths.round}: adapters are here")
        return
    if manifest.mlflow_run_id is None:
        raise InputError(f"{paths.manifest}: names no MLflow run, so its adapters cannot be found")
    client = connect(paths.root)
    for adapter in missing:
        partial = paths.models / ".partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        try:
            found = Path(client.download_artifacts(manifest.mlflow_run_id, adapter.name, str(partial)))
            for name in BESIDE:
                (found / name).unlink(missing_ok=True)
            if (here := hash_tree(found)) != wanted[adapter]:
                raise InputError(
                    f"{paths.round}: run {manifest.mlflow_run_id} gives another {adapter.name} than the round wrote: "
                    f"SHA-256 is {here}, expected {wanted[adapter]}"
                )
            shutil.rmtree(adapter, ignore_errors=True)
            found.replace(adapter)
        except (MlflowException, FileNotFoundError) as error:
            raise UnreachableError(
                f"{paths.round}: run {manifest.mlflow_run_id} gives no {adapter.name}: {first_line(error)}"
            ) from None
        finally:
            shutil.rmtree(partial)
    say(f"{paths.round}: {', '.join(adapter.name for adapter in missing)} from run {manifest.mlflow_run_id}")


def _hash_of(manifest: RoundResult, adapter: Path, paths: RoundPaths) -> str:
    name = adapter.relative_to(paths.root).as_posix()
    if name not in manifest.outputs:
        raise InputError(f"{paths.manifest}: outputs: holds no hash of {name}, so no adapter can be verified")
    return manifest.outputs[name]


def _dvc(root: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "dvc", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip().splitlines() or ["nothing"]
        raise UnreachableError(f"dvc {' '.join(arguments)} failed: {said[-1]}")
    return done.stdout


def main() -> None:
    """Command line."""
    root = parser("flows.pull", "Bring back data sets and checkpoints on another machine.").parse_args().root.resolve()
    with ends_clearly(root):
        pull(root)


if __name__ == "__main__":
    main()
