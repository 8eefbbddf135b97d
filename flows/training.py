"""Training: the whole campaign, stage by stage. This is what a schedule runs.

    python -m flows.training

Each stage runs as `dvc repro <stage>` in a process group of its own, so that a stage which is up to date costs nothing,
a round frees its memory, and stopping the campaign stops whatever trains. The child joins this flow's server; what it
says passes through here, so that a failed run can say why on its page.
"""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import cast
from uuid import UUID

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_progress_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client

from flows.arguments import parser
from flows.costs import say_campaign
from flows.ending import ending
from flows.machine_faults import ends_clearly
from flows.processes import end_group, importable
from sparring.config import BASELINE, load_params
from sparring.errors import InputError
from sparring.manifests import read_manifest
from sparring.project.further_round import add_round
from sparring.records import RoundResult
from sparring.storage import RoundPaths, hash_file
from sparring.studies.round_table import round_table
from sparring.terminal import say
from sparring.visible_text import visible

NAMED, OF_DVC = "error: ", "ERROR: failed to reproduce"
EMPTY = re.compile(r"WARNING: '.*' is empty\.")  # DVC's, several times a stage: `prepare` says which split has no row
PATIENCE_S = 5  # with what a stage left behind, and keeps its standard error open


class StageFailed(RuntimeError):
    """A stage of the pipeline ended with an error; the message ends with what it said."""


class Said:
    """What a child writes to standard error: passed on as it comes, its reason kept."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self._named = False

    def pass_on(self, lines: Iterable[bytes]) -> None:
        """Writes the lines to this process's standard error, to the last one."""
        for line in lines:
            text = line.decode("utf-8", "replace")
            if EMPTY.fullmatch(text.strip()):
                continue
            sys.stderr.write(text)
            sys.stderr.flush()
            self._keep(text.strip())

    def _keep(self, text: str) -> None:
        """The last line that names an error; without one, the last line that is not DVC's about the stage."""
        if text.startswith(NAMED):
            self.reason, self._named = text.removeprefix(NAMED), True
        elif text and not self._named and not text.startswith(OF_DVC):
            self.reason = text


@task(name="stage", task_run_name="{stage}", cache_policy=NO_CACHE)
def run_stage(stage: str, root: Path, anew: bool = False) -> None:
    """Reproduces one stage, `anew` though it be up to date; any interruption stops its whole process group."""
    say(f"stage {stage}")
    own = Path(sys.executable).parent  # the stages' `python` is this one, also where no environment is active
    environment = os.environ | {
        "PATH": f"{own}{os.pathsep}{os.environ['PATH']}",
        "PREFECT_API_URL": str(get_client(sync_client=True).api_url),
        **importable(),
    }
    command = [sys.executable, "-m", "dvc", "repro", "--single-item", *(["--force"] if anew else []), stage]
    child = subprocess.Popen(command, cwd=root, env=environment, stderr=subprocess.PIPE, start_new_session=True)
    said = Said()
    listening = threading.Thread(target=said.pass_on, args=(child.stderr,), daemon=True)
    listening.start()
    try:
        code = child.wait()
    except BaseException:
        end_group(child)
        raise
    listening.join(PATIENCE_S)
    if code != 0:
        raise StageFailed(f"stage {stage} ended with exit code {code}" + (f": {said.reason}" if said.reason else ""))


@flow(name="training", flow_run_name="{campaign}")
def training(root: Path, campaign: str, new_round: bool = False) -> None:
    """Prepares, plays the baseline and every round of params.yaml, in order.

    Args:
        root: The project's folder.
        campaign: What Prefect's pages call it.
        new_round: Where nothing was to be played, a round after the last is added to params.yaml, and played.
    """
    root, before = root.resolve(), _manifests(root)
    _play(root, campaign, stages(root))
    if new_round and _manifests(root) == before:
        name = add_round(root / "params.yaml")
        say(f"every round is up to date: {name} is added to params.yaml")
        _play(root, campaign, [f"rounds@{name}"])


def _play(root: Path, campaign: str, names: list[str]) -> None:
    """Reproduces stages in their order, and shows on the run's page how far it is."""
    progress = cast(UUID, create_progress_artifact(0.0, description=f"stages of {campaign}"))
    for number, stage in enumerate(names, start=1):
        run_stage(stage, root)
        update_progress_artifact(progress, 100.0 * number / len(names))
        if played := played_rounds(root):
            create_markdown_artifact(f"```\n{round_table(played, color=False)}\n```", key="rounds")


def _manifests(root: Path) -> dict[str, str]:
    """The hash of each finished round's manifest: another one where anything of it was played."""
    paths = sorted((root / "data" / "rounds").glob("*/round.json"))
    return {path.parent.name: hash_file(path) for path in paths}


def played_rounds(root: Path) -> list[RoundResult]:
    """The manifests of the finished rounds, in the order of params.yaml."""
    names = (BASELINE, *load_params(root / "params.yaml").rounds)
    found = [RoundPaths(root, name) for name in names]
    return [read_manifest(paths) for paths in found if paths.manifest.exists()]


def stages(root: Path) -> list[str]:
    """Names of the pipeline's stages in the order in which they are played."""
    return ["prepare", "baseline", *(f"rounds@{name}" for name in load_params(root / "params.yaml").rounds)]


def main() -> None:
    """Command line."""
    root = parser("flows.training", "Play the whole campaign of params.yaml.").parse_args().root.resolve()
    with ends_clearly(root):
        params = load_params(root / "params.yaml")
        if not (root / "dvc.yaml").exists():
            raise InputError(f"{root / 'dvc.yaml'}: no such file; --root names the project's folder")
        say_campaign(root)
        try:
            training(root, params.experiment)
            print("\n".join(map(visible, ending(root, played_rounds(root)[-1].round))))
        except StageFailed as error:
            say(f"error: {error}")
            raise SystemExit(1) from None


if __name__ == "__main__":
    main()
