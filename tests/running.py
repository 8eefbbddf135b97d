"""Commands in a tiny project, as a user types them."""

import os
import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent
DEADLINE_S = 900


def run(root: Path, *command: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
    """A command in the project, with this environment's programs."""
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=DEADLINE_S
    )
    assert done.returncode == expect, done.stdout[-2000:] + done.stderr[-4000:]
    return done
