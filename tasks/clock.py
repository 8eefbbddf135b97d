"""Wall time by step, kept with the half-done work so that a resumed round still knows all of it.

A step that ends gives its memory back: the next one loads models of its own.
"""

import functools
import time
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sparring.memory import release_memory
from sparring.storage import read_json, write_json
from sparring.terminal import say
from tasks.game import Game

P = ParamSpec("P")
T = TypeVar("T")
GameT = TypeVar("GameT", bound=Game)


def timed(step: Callable[Concatenate[GameT, P], T]) -> Callable[Concatenate[GameT, P], T]:
    """Adds the seconds of a step to seconds.json in the work folder and says how long it took."""

    @functools.wraps(step)
    def run(game: GameT, /, *args: P.args, **kwargs: P.kwargs) -> T:
        say(f"{game.round}: {step.__name__.replace('_', ' ')} ...")
        begin = time.monotonic()
        found = step(game, *args, **kwargs)
        release_memory()
        seconds = time.monotonic() - begin
        spent = seconds_by_step(game)
        write_json(
            game.work / "seconds.json", spent | {step.__name__: spent.get(step.__name__, 0.0) + round(seconds, 2)}
        )
        say(f"{game.round}: {step.__name__.replace('_', ' ')} took {seconds:.0f} s")
        return found

    return run


def seconds_by_step(game: Game) -> dict[str, float]:
    """Seconds so far, by step."""
    path = game.work / "seconds.json"
    return read_json(path) if path.exists() else {}
