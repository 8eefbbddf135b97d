"""What RL logs of its steps, kept in a file by step, so that a resumed training still knows its first ones."""

from collections.abc import Mapping
from pathlib import Path

from sparring.progress import OnLog
from sparring.storage import read_json, write_json


def keeping_steps(path: Path, also: OnLog) -> OnLog:
    """Hears of each step, keeps it in the file and passes it on."""

    def log(step: int, metrics: Mapping[str, float]) -> None:
        also(step, metrics)
        steps = read_json(path) if path.exists() else {}
        write_json(path, steps | {str(step): dict(metrics)})

    return log


def logged_steps(path: Path) -> list[dict[str, float]]:
    """What each step logged, in order; none where no RL was played."""
    if not path.exists():
        return []
    steps = read_json(path)
    return [steps[step] for step in sorted(steps, key=int)]
