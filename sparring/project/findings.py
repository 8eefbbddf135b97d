"""One thing that was looked at before it could fail: what `sparring doctor` says a line of."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """What was looked at, how it is, and what to do about it where it is not well.

    Attributes:
        state: "ok"; "warn": it will run, but look; "fail": it would not run, or not to its end.
        about: What was looked at.
        text: How it is.
    """

    state: Literal["ok", "warn", "fail"]
    about: str
    text: str
