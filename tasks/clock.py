"""Wall time by step, kept with the half-done work so that a resumed round still knows all of it.

A step that ends gives its memory back: the next one loads models of its own. What the campaign still takes is said
along: the estimate, corrected by how long the steps that are done have taken.
"""

import functools
import time
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sparring.config import BASELINE
from sparring.engine.memory import release_memory
from sparring.manifests import read_manifest
from sparring.progress import alive
from sparring.project.estimate import estimate
from sparring.storage import RoundPaths, read_json, write_json
from sparring.terminal import say
from sparring.words import duration
from tasks.game import Game

P = ParamSpec("P")
T = TypeVar("T")
GameT = TypeVar("GameT", bound=Game)


def timed(step: Callable[Concatenate[GameT, P], T]) -> Callable[Concatenate[GameT, P], T]:
    """Adds the seconds of a step to seconds.json in the work folder and says how long it took."""

    @functools.wraps(step)
    def run(game: GameT, /, *args: P.args, **kwargs: P.kwargs) -> T:
        name = f"{game.round}: {step.__name__.replace('_', ' ')}"
        expected, after = outlook(game, step.__name__)
        rest = ""
        if expected is not None and after is not None:
            rest = f" about {duration(expected)}; {duration(expected + after)} to the end of the campaign"
        say(f"{name} ...{rest}")
        begin = time.monotonic()
        with alive(name, expected, after):
            found = step(game, *args, **kwargs)
            release_memory()
        seconds = time.monotonic() - begin
        spent = seconds_by_step(game)
        write_json(
            game.work / "seconds.json", spent | {step.__name__: spent.get(step.__name__, 0.0) + round(seconds, 2)}
        )
        say(f"{name} took {duration(seconds)}")
        return found

    return run


def seconds_by_step(game: Game) -> dict[str, float]:
    """Seconds so far, by step."""
    path = game.work / "seconds.json"
    return read_json(path) if path.exists() else {}


def outlook(game: Game, step: str) -> tuple[float | None, float | None]:
    """Seconds that a step of a campaign's round should take, and those of all that comes after it.

    Both are the estimate's, times what the steps that are done have taken against it. None where the recipe knows no
    such round, or nothing can be told of this machine.
    """
    if type(game) is not Game:  # an audit is no round of the campaign
        return None, None
    expected = estimate(game.params, game.root).seconds
    if step not in expected.get(game.round, {}):
        return None, None
    spent = _spent(game)
    known = [(seconds, expected[stage][name]) for (stage, name), seconds in spent.items() if name in expected[stage]]
    pace = sum(seconds for seconds, _ in known) / sum(said for _, said in known) if known else 1.0
    stages = list(expected)
    names = list(expected[game.round])
    later = [(game.round, name) for name in names[names.index(step) + 1 :]]
    later += [
        (stage, name)
        for stage in stages[stages.index(game.round) + 1 :]
        if not RoundPaths(game.root, stage).manifest.exists()
        for name in expected[stage]
    ]
    return pace * expected[game.round][step], pace * sum(expected[stage][name] for stage, name in later)


def _spent(game: Game) -> dict[tuple[str, str], float]:
    """Seconds by round and step of this round, so far, and of those that it follows."""
    found = {(game.round, name): seconds for name, seconds in seconds_by_step(game).items()}
    after = game.after
    while after is not None:
        manifest = read_manifest(RoundPaths(game.root, after))
        found |= {(after, name): seconds for name, seconds in manifest.seconds.items()}
        after = manifest.after
    return {(stage, name): seconds for (stage, name), seconds in found.items() if stage in _stages(game)}


def _stages(game: Game) -> tuple[str, ...]:
    return BASELINE, *game.params.rounds
