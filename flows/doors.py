"""The doors into a stage: DVC runs it, or a person does; either way dvc.lock tells the truth afterwards.

Stage code never calls DVC. When a person starts a stage by hand, `dvc commit` records its outcome after it ended.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sparring.terminal import say


@contextmanager
def by_hand(root: Path, stage: str) -> Iterator[None]:
    """Records the stage in dvc.lock after it ended, unless DVC itself runs it."""
    yield
    if "DVC_STAGE" in os.environ or not (root / ".dvc").is_dir():
        return
    command = [sys.executable, "-m", "dvc", "commit", "--force", "--quiet", stage]
    recorded = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if recorded.returncode != 0:
        said = (recorded.stdout + recorded.stderr).strip().splitlines() or [f"exit code {recorded.returncode}"]
        say(f"warning: dvc could not record {stage}: {said[-1]}")
