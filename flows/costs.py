"""What a command will cost here, said before it starts where that is longer than a minute."""

import os
from pathlib import Path

from sparring.engine.number_format import campaign_format, load_recipe
from sparring.project.counting import Study
from sparring.project.estimate import estimate, study_seconds
from sparring.terminal import say
from sparring.words import duration

WORTH_SAYING_S = 60.0
LONG_S = 20 * 60.0


def say_campaign(root: Path) -> None:
    """The whole campaign, all stages played anew; of a long one, before it is begun, that it can be shorter."""
    params = load_recipe(root)
    cost = estimate(params, root)
    say(cost.sentence())
    if cost.total is not None and cost.total > LONG_S and params.cut is None and campaign_format(root) is None:
        say(f"a profile can be cut to a time: sparring profile NAME --minutes {LONG_S / 60:.0f}")


def say_stage(root: Path, stage: str) -> None:
    """One stage, where a person starts it; a campaign has said it for all."""
    steps = estimate(load_recipe(root), root).seconds.get(stage)
    if steps is not None and "PREFECT_API_URL" not in os.environ:
        _say(sum(steps.values()), stage)


def say_cost(root: Path, study: Study, base: Path | None = None) -> None:
    """A study, all of it anew: what an earlier start has finished comes for nothing. `base` is another model."""
    seconds = study_seconds(load_recipe(root), root, study, base)
    if seconds is not None:
        _say(seconds, "all of it")


def _say(seconds: float, what: str) -> None:
    if seconds > WORTH_SAYING_S:
        say(f"{what} takes about {duration(seconds)} on this machine")
