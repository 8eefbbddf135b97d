"""Asks the process of `tests.loaded` for a command: the standard library alone, so that it starts in no time.

python -IS tests/asking.py SOCKET -m flows.prepare ...  is the `python` that DVC's stages find where tests run them: it asks
for the project's own modules, and becomes the real one for anything else.
"""

import json
import os
import socket
import sys
from typing import Any

OURS = {"flows", "tasks", "sparring", "benchmarks"}
SERVER = "PREFECT_API_URL"


def ask(address: str, request: dict[str, Any], printed: int = 1, said: int = 2) -> int:
    """The command's exit code; what it prints and says goes to these descriptors."""
    with socket.socket(socket.AF_UNIX) as asked:
        asked.connect(address)
        socket.send_fds(asked, [b"."], [printed, said])
        asked.sendall(json.dumps(request).encode() + b"\n")
        return int(asked.makefile().readline())


def main(address: str, *typed: str) -> None:
    """What a stage typed behind `python`."""
    if typed[:1] != ("-m",) or typed[1].partition(".")[0] not in OURS:
        os.execv(sys.executable, [sys.executable, *typed])
    _, program, *arguments = typed
    request = {"root": os.getcwd(), "program": program, "arguments": arguments, "environment": dict(os.environ)}
    sys.exit(ask(address, request))


if __name__ == "__main__":
    main(*sys.argv[1:])
