"""Plays the campaign and writes its table.

    python -m benchmarks.faults FOLDER --rounds 112 --out docs/faults.md

Needs Linux and root (a small tmpfs is mounted); clock jumps need libfaketime. FOLDER keeps the prepared project and
results.jsonl, one line a round: the same command again goes on after the last one.
"""

import argparse
import importlib
import os
import subprocess
import sys
import time
from pathlib import Path

SEED = 20
PORT = 4391
ODD_INPUTS = "\n## Odd inputs\n"


def main() -> None:
    """Command line."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--rounds", type=int, default=112)
    arguments.add_argument("--only", help="one kind of fault")
    arguments.add_argument("--port", type=int, default=PORT, help="port of the campaign's own Prefect server")
    arguments.add_argument("--out", type=Path, help="Markdown file of the table")
    chosen = arguments.parse_args()
    folder = chosen.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    os.environ |= {
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{chosen.port}/api",
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
    }
    import flows  # noqa: F401  its settings stand before Prefect is imported

    server = _prefect_server(folder, chosen.port)
    try:
        for module in ("adversarial_round", "baseline", "prepare"):
            importlib.import_module(f"flows.{module}")
        for library in (
            "trl",
            "peft",
            "mlflow.store.tracking.sqlalchemy_store",
            "sparring.training.grpo",
            "sparring.report",
        ):
            importlib.import_module(library)
        from benchmarks.faults.campaign import play, prepared

        setting, expected = prepared(folder)
        play(folder, setting, expected, chosen.rounds, chosen.only, SEED)
    finally:
        server.terminate()
        server.wait(30)
    from benchmarks.faults.table import table

    text = table(folder / "results.jsonl")
    print(text)
    if chosen.out is not None:
        known = chosen.out.read_text(encoding="utf-8") if chosen.out.exists() else ""
        _, heading, rest = known.partition(ODD_INPUTS)  # the fuzzer's figures stand in the same file
        chosen.out.write_text(text + heading + rest, encoding="utf-8")


def _prefect_server(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """A server of the campaign's own, so that a round does not wait for one of its own to start."""
    import httpx

    with (folder / "server.log").open("ab") as log:
        command = [str(Path(sys.executable).parent / "prefect"), "server", "start", "--port", str(port)]
        server = subprocess.Popen(command, stdout=log, stderr=log)
    while True:
        if server.poll() is not None:
            raise SystemExit(f"no Prefect server: see {folder / 'server.log'}")
        try:
            if httpx.get(f"http://127.0.0.1:{port}/api/health", timeout=2.0).is_success:
                return server
        except httpx.HTTPError:
            time.sleep(0.5)


if __name__ == "__main__":
    main()
