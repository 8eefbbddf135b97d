"""What a command costs before it does anything: processor time beside Python's own start, and the libraries loaded.

    python -m benchmarks.startup

Run it in the environment that is asked about: with the extra `audit` alone it also says how large that is.
"""

import os
import resource
import subprocess
import sys
from pathlib import Path

COMMANDS = (["--help"], ["audit", "--help"], ["validate", "--help"])
REPEATS = 3
MEGABYTE = 1e6


def processor_seconds(arguments: list[str]) -> float:
    """The least processor time of a few starts of the command; without arguments, of Python alone."""
    script = "import sys; sys.argv[0] = 'sparring'; from sparring.cli import main; main()" if arguments else "pass"
    return min(_once([sys.executable, "-c", script, *arguments]) for _ in range(REPEATS))


def _once(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def size_of(folder: Path) -> int:
    """Bytes on the disk of a folder, links left out."""
    found = (Path(where) / name for where, _, names in os.walk(folder) for name in names)
    return sum(path.stat().st_size for path in found if not path.is_symlink())


def main() -> None:
    """Prints a line a command, then the environment."""
    bare = processor_seconds([])
    for arguments in COMMANDS:
        seconds = processor_seconds(arguments)
        print(f"sparring {' '.join(arguments)}: {seconds:.2f} s of processor time, Python alone {bare:.2f}")
    print(f"{sys.prefix}: {size_of(Path(sys.prefix)) / MEGABYTE:.0f} MB")


if __name__ == "__main__":
    main()
