"""Command lines of the flows: each says what it does, refuses what it does not know, exits with 2 on bad input."""

import argparse
from pathlib import Path


def parser(module: str, description: str) -> argparse.ArgumentParser:
    """A parser with the one option that all flows share."""
    made = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    made.add_argument(
        "--root", type=Path, default=Path.cwd(), help="the project's folder, with params.yaml (default: here)"
    )
    return made
