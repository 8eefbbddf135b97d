"""What a round costs beside its work: imports, Prefect, MLflow, DVC, the report.

    python -m benchmarks.overhead --root PROJECT r01

Plays a finished round of a project once more, as a stage of the campaign, and prints the wall time less the seconds of
its steps (`seconds` of round.json). Take an idle machine, and a copy of the project.
"""

import argparse
import json
import time
from pathlib import Path

from prefect import flow

from flows.training import run_stage

LARGEST_SHARE, LARGEST_S = 0.05, 20.0


@flow(name="overhead")
def overhead(root: Path, name: str) -> tuple[float, float]:
    """Wall seconds and work seconds of one more play of a round."""
    begun = time.monotonic()
    run_stage("baseline" if name == "r00" else f"rounds@{name}", root, anew=True)
    wall = time.monotonic() - begun
    manifest = json.loads((root / "data" / "rounds" / name / "round.json").read_text(encoding="utf-8"))
    return wall, sum(manifest["seconds"].values())


def main() -> None:
    """Command line; exit code 1 above the allowed overhead."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.overhead", description=__doc__)
    arguments.add_argument("--root", type=Path, default=Path.cwd())
    arguments.add_argument("round")
    chosen = arguments.parse_args()
    wall, work = overhead(chosen.root.resolve(), chosen.round)
    rest = wall - work
    print(f"{chosen.round}: {wall:.1f} s, work {work:.1f} s, overhead {rest:.1f} s ({rest / wall:.1%})")
    print(f"allowed: {LARGEST_S:.0f} s and {LARGEST_SHARE:.0%} of a quickstart's round")
    raise SystemExit(int(rest > LARGEST_S or rest / wall > LARGEST_SHARE))


if __name__ == "__main__":
    main()
