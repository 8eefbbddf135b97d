"""What both round flows do around their playing: a check of the input, and the table of all rounds up to this one."""

import os
import sys
from pathlib import Path

from sparring.manifests import read_manifest
from sparring.records import RoundResult
from sparring.storage import RoundPaths
from sparring.studies.round_table import round_table
from tasks.rounds import open_round


def check_first(root: Path, round: str, after: str | None) -> None:
    """Tells wrong input before a server is started for the flow; where one runs, the flow tells it as soon.

    Raises:
        InputError: The round cannot be played.
    """
    if "PREFECT_API_URL" not in os.environ:
        open_round(root, round, after).inputs  # noqa: B018  hashes them


def show(root: Path, played: RoundResult) -> None:
    """Prints the round beside those that it follows."""
    line = [played]
    while (after := line[0].after) is not None and (paths := RoundPaths(root, after)).manifest.exists():
        line.insert(0, read_manifest(paths))
    print(round_table(line, color=sys.stdout.isatty()))
