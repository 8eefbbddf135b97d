"""Command lines of the flows: each says what it does, refuses what it does not know, exits with 2 on bad input."""

import argparse
from pathlib import Path

from sparring.terminal import leave_when_terminated


def parser(module: str, description: str) -> argparse.ArgumentParser:
    """A parser with the one option that all flows share; from here on SIGTERM ends the program as Ctrl-C does."""
    leave_when_terminated()
    made = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    made.add_argument(
        "--root", type=Path, default=Path.cwd(), help="the project's folder, with params.yaml (default: here)"
    )
    return made


def positive(text: str) -> int:
    """A whole number from 1 on, as argparse reads it."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a whole number, 1 or more")
    return int(text)
