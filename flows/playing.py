"""Showing what was played: the table of all finished rounds up to the present one."""

import sys
from pathlib import Path

from sparring.records import RoundResult
from sparring.round_table import round_table
from sparring.storage import RoundPaths


def show(root: Path, played: RoundResult) -> None:
    """Prints the round beside those that it follows."""
    line = [played]
    while (after := line[0].after) is not None and (manifest := RoundPaths(root, after).manifest).exists():
        line.insert(0, RoundResult.model_validate_json(manifest.read_text(encoding="utf-8")))
    print(round_table(line, color=sys.stdout.isatty()))
