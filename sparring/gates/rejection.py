"""What the gates say of a rewrite that they do not accept."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rejection:
    """Which gate rejects, and what it found."""

    gate: str
    detail: str
