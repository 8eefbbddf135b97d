"""Ending a child process and all that it started."""

import os
import signal
import subprocess

GRACE_S = 20


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
