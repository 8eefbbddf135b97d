"""Wall time by step, kept with the half-done work so that a resumed round still knows all of it.

A step that ends gives its memory back: the next one loads models of its own. What the campaign still takes is said
along: the estimate, corrected by how long the steps that are done have taken.
"""

import functools
import time
from collections.abc import Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sparring.config import BASELINE
from sparring.engine.memory import release_memory
from sparring.manifests import read_manifest
from sparring.progress import alive
from sparring.project.estimate import estimate
from sparring.project.workspace import Workbench
from sparring.storage import RoundPaths, read_json, write_json
from sparring.terminal import say
from sparring.words import duration
from tasks.rounds import Round

P = ParamSpec("P")
T = TypeVar("T")


def moment() -> str:
    """Now, in UTC, to the minute, as a manifest names it."""
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())


class Benched(Protocol):
    """Whatever is played step by step on a bench: a round, an audit."""

    @property
    def bench(self) -> Workbench:
        """Its half-done work."""
        ...


BenchedT = TypeVar("BenchedT", bound=Benched)


def timed(step: Callable[Concatenate[BenchedT, P], T]) -> Callable[Concatenate[BenchedT, P], T]:
    """Adds the seconds of a step to seconds.json in the work folder and says how long it took."""

    @functools.wraps(step)
    def run(played: BenchedT, /, *args: P.args, **kwargs: P.kwargs) -> T:
        name = f"{played.bench.name}: {step.__name__.replace('_', ' ')}"
        expected, after = outlook(played, step.__name__)
        rest = ""
        if expected is not None and after is not None:
            rest = f" about {duration(expected)}; {duration(expected + after)} to the end of the campaign"
        say(f"{name} ...{rest}")
        begin = time.monotonic()
        with alive(name, expected, after):
            found = step(played, *args, **kwargs)
            release_memory()
        seconds = time.monotonic() - begin
        spent = seconds_by_step(played)
        spent[step.__name__] = spent.get(step.__name__, 0.0) + round(seconds, 2)
        write_json(played.bench.folder / "seconds.json", spent)
        say(f"{name} took {duration(seconds)}")
        return found

    return run


def seconds_by_step(played: Benched) -> dict[str, float]:
    """Seconds so far, by step."""
    path = played.bench.folder / "seconds.json"
    return read_json(path) if path.exists() else {}


def outlook(played: Benched, step: str) -> tuple[float | None, float | None]:
    """Seconds that a step of a campaign's round should take, and those of all that comes after it.

    Both are the estimate's, times what the steps that are done have taken against it. None where the recipe knows no
    such round, or nothing can be told of this machine.
    """
    if not isinstance(played, Round):  # an audit is no round of the campaign
        return None, None
    expected = estimate(played.project.params, played.project.root).seconds
    if step not in expected.get(played.name, {}):
        return None, None
    spent = _spent(played)
    known = [(seconds, expected[stage][name]) for (stage, name), seconds in spent.items() if name in expected[stage]]
    pace = sum(seconds for seconds, _ in known) / sum(said for _, said in known) if known else 1.0
    stages = list(expected)
    names = list(expected[played.name])
    later = [(played.name, name) for name in names[names.index(step) + 1 :]]
    later += [
        (stage, name)
        for stage in stages[stages.index(played.name) + 1 :]
        if not RoundPaths(played.project.root, stage).manifest.exists()
        for name in expected[stage]
    ]
    return pace * expected[played.name][step], pace * sum(expected[stage][name] for stage, name in later)


def _spent(played: Round) -> dict[tuple[str, str], float]:
    """Seconds by round and step of this round, so far, and of those that it follows."""
    found = {(played.name, name): seconds for name, seconds in seconds_by_step(played).items()}
    after = played.after
    while after is not None:
        manifest = read_manifest(RoundPaths(played.project.root, after))
        found |= {(after, name): seconds for name, seconds in manifest.seconds.items()}
        after = manifest.after
    return {(stage, name): seconds for (stage, name), seconds in found.items() if stage in _stages(played)}


def _stages(played: Round) -> tuple[str, ...]:
    return BASELINE, *played.project.params.rounds
