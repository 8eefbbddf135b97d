"""How a process ends: nothing of the libraries is looked through once more."""

import subprocess
import sys

import pytest

COUNTED = "import atexit, gc; atexit.register(lambda: print(gc.get_freeze_count()))"  # the first registered runs last


@pytest.mark.parametrize("command", ["import flows", "from sparring import cli; cli.app = lambda: None; cli.main()"])
def test_a_process_ends_without_looking_through_its_libraries(command):
    """Freezing takes all objects out of the last collections."""
    done = subprocess.run([sys.executable, "-c", f"{COUNTED}; {command}"], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 0
