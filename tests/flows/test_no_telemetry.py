"""A whole round with the network cut, and every attempt to leave the machine written down: there is none.

Each Python process of the round gets an audit hook that notes and refuses every address that is not loopback. Where the
system allows it, the round runs in a network of its own, too, in which nothing but loopback exists.
"""

import os
import shutil
import subprocess
import sys

import pytest

from tests.running import BIN

pytestmark = pytest.mark.timeout(1200)

GUARD = """
import os, sys

NOTES = os.environ["LEAVING_NOTES"]
LOOPBACK = {"127.0.0.1", "::1", "localhost", "", "0.0.0.0", "::", None}
WATCHED = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"}


def watch(event, arguments):
    if event not in WATCHED:
        return
    address = arguments[1] if event in ("socket.connect", "socket.sendto", "socket.sendmsg") else arguments[0]
    host = address[0] if isinstance(address, tuple) else address
    if not isinstance(address, tuple) and event.startswith(("socket.connect", "socket.send")):
        return  # a socket of this machine's own, or one that is connected already
    host = host.decode() if isinstance(host, bytes) else host
    if host in LOOPBACK:
        return
    with open(NOTES, "a") as notes:
        notes.write(f"{os.getpid()} {sys.argv[:3]} {event} {address}\\n")
    raise OSError(f"the network is cut: {event} {address}")


sys.addaudithook(watch)
"""


def cut(*command: str) -> list[str]:
    """The command in a network with loopback alone, where the system allows that."""
    isolated = ["unshare", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    if shutil.which("unshare") and shutil.which("ip"):
        probe = subprocess.run([*isolated, "true"], capture_output=True, check=False)
        if probe.returncode == 0:
            return [*isolated, *command]
    return list(command)


@pytest.fixture
def guarded(tmp_path):
    """An environment in which every Python process notes what would leave; and the notes."""
    (tmp_path / "guard").mkdir()
    (tmp_path / "guard" / "sitecustomize.py").write_text(GUARD)
    notes = tmp_path / "notes"
    notes.touch()
    dropped = ("HF_HUB_OFFLINE", "DO_NOT_TRACK", "MLFLOW_DISABLE_TELEMETRY", "HF_HUB_DISABLE_TELEMETRY")
    environment = {key: value for key, value in os.environ.items() if key not in dropped}
    environment |= {
        "PYTHONPATH": os.pathsep.join([str(tmp_path / "guard"), os.environ["PYTHONPATH"]]),
        "LEAVING_NOTES": str(notes),
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "HOME": str(tmp_path),
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "OMP_NUM_THREADS": "1",
    }
    return environment, notes


def test_the_guard_notes_who_would_leave(guarded):
    environment, notes = guarded
    asked = "import socket\ntry: socket.create_connection(('telemetry.example', 443), 1)\nexcept OSError as e: print(e)"
    done = subprocess.run([sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True)
    assert "the network is cut" in done.stdout
    assert "telemetry.example" in notes.read_text()


def test_a_round_with_the_network_cut_tries_to_reach_nobody(reproduced, guarded):
    environment, notes = guarded
    root = reproduced.with_name("cut-off")
    shutil.copytree(reproduced, root, ignore=shutil.ignore_patterns(".work"))
    shutil.rmtree(root / "data" / "rounds" / "r01")  # a round that is there would not be played again
    command = cut(sys.executable, "-m", "dvc", "repro", "--single-item", "--force", "rounds@r01")
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "evaluation took" in done.stderr, "the round was played"
    assert notes.read_text() == ""
