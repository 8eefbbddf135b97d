"""Child processes: what they need to import the flows, and how one ends with all that it started."""

import os
import signal
import subprocess
from pathlib import Path

GRACE_S = 20


def importable() -> dict[str, str]:
    """The environment in which any Python finds these flows and their tasks, whatever folder it starts in."""
    known = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join(filter(None, [str(Path(__file__).parents[1]), known]))}


def end_group(child: subprocess.Popen[bytes]) -> None:
    """Asks the process group that a child leads to end, and ends it after a grace."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, number)
            child.wait(timeout=GRACE_S)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue
