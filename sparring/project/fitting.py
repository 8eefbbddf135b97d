"""A profile cut to a time: its steps in fixed proportions, as large as this machine plays in so many minutes.

Whole sizes are scaled (rows, steps, seeds), never what changes the kind of work (batches, groups, rates). The data may
hold fewer rows than a large size asks for; the estimate counts those that there are.
"""

import shutil
import tempfile
from math import ceil
from pathlib import Path
from typing import Any

from sparring.config import CutParams, Params, load_params
from sparring.engine.number_format import campaign_format
from sparring.errors import InputError
from sparring.project.estimate import estimate
from sparring.project.profiles import CUT, apply_profile, lay
from sparring.words import duration

RESERVE = 0.85  # of the time: the rest is for what an estimate misses, and for neighbours on a shared machine
LEAST, MOST = 1 / 16, 16.0
HALVINGS = 24
SMALLEST = "these are the smallest sizes that are played: where the estimate misses, it takes longer"
SCALED = {  # by key, the smallest size that still plays
    "target.warm_start.examples": 32,
    "query_model.warm_start.examples": 24,
    "rl.steps": 2,
    "sampling.pool": 16,
    "sampling.seeds": 8,
    "sft.examples": 32,
    "dials.examples": 6,
    "evaluation.clean_examples": 12,
    "evaluation.no_call_examples": 8,
    "evaluation.attack_seeds": 6,
    "evaluation.no_call_attack_seeds": 0,
    "evaluation.schema_seeds": 1,
}


def fit_profile(recipe: Path, profile: Path, minutes: float) -> list[str]:
    """Lays a profile over params.yaml, its sizes so that the campaign takes about so long here.

    A machine is quicker in one minute than in the next: sizes that are chosen twice differ, and with others nothing
    of a campaign that was begun would count. So one that was begun by sizes of this profile and time keeps them.

    Returns:
        The changed keys, each as "key: before -> after", and a caution where no campaign is smaller; or one line that
        says why nothing changed.

    Raises:
        InputError: A file is missing or wrong, no size fits, or nothing can be told here; nothing is written.
    """
    cut = CutParams(profile=profile.stem, minutes=minutes)
    if recipe.exists() and load_params(recipe).cut == cut and campaign_format(recipe.parent) is not None:
        return [f"r00 was begun by {profile.stem} cut to {minutes:g} minutes: the recipe stays as it is"]
    with tempfile.TemporaryDirectory() as folder:
        trial = Path(shutil.copy2(recipe, folder)) if recipe.exists() else recipe
        apply_profile(trial, profile)
        whole = load_params(trial)
        sizes = fitted_sizes(whole, recipe.parent, minutes)
    lines = apply_profile(recipe, profile) + lay(recipe, sizes | {CUT: cut.model_dump()}, str(profile))
    return [*lines, SMALLEST] if sizes == _overlay(whole, LEAST) else lines


def cap_profile(recipe: Path, profile: Path, minutes: float) -> list[str]:
    """Cuts params.yaml to a time where it is the whole profile, nothing was begun by it, and it would take longer here.

    Returns:
        Why, then the changed keys as `fit_profile` gives them; nothing where nothing changes.

    Raises:
        InputError: A file is missing or wrong, or the smallest campaign takes longer; nothing is written.
    """
    params = load_params(recipe)  # a fault in it is its own, not the profile's
    if campaign_format(recipe.parent) is not None:
        return []
    with tempfile.TemporaryDirectory() as folder:
        if apply_profile(Path(shutil.copy2(recipe, folder)), profile):
            return []  # somebody chose another recipe, or cut this one
    total = estimate(params, recipe.parent).total
    if total is None or total <= 60 * minutes:
        return []
    why = f"the whole recipe takes about {duration(total)} here and is cut to {minutes:g}"
    return [why, *fit_profile(recipe, profile, minutes)]


def fitted_sizes(params: Params, root: Path, minutes: float) -> dict[str, Any]:
    """The largest sizes, in the recipe's own proportions, whose campaign takes no more than the minutes.

    The smallest sizes may take what is kept for the estimate's own misses: a short campaign is better than none.
    """
    wanted = RESERVE * 60 * minutes
    least = _seconds(_scaled(params, LEAST), root)
    if least > 60 * minutes:
        raise InputError(
            f"--minutes {minutes:g}: the smallest campaign takes about {duration(least)} here, and some time "
            f"is kept for what that misses: --minutes {ceil(least / RESERVE / 60)} is enough"
        )
    low, high = LEAST, MOST
    if _seconds(_scaled(params, high), root) <= wanted:
        low = high
    for _ in range(HALVINGS):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if _seconds(_scaled(params, middle), root) <= wanted else (low, middle)
    return _overlay(params, low)


def _seconds(params: Params, root: Path) -> float:
    total = estimate(params, root).total
    if total is None:
        raise InputError("--minutes: what the recipe costs cannot be told for this model and machine")
    return total


def _scaled(params: Params, factor: float) -> Params:
    return Params.model_validate(_merged(params.model_dump(), _overlay(params, factor)))


def _overlay(params: Params, factor: float) -> dict[str, Any]:
    """The scaled sizes as nested keys and values."""
    made: dict[str, Any] = {}
    whole = params.model_dump()
    for name, least in SCALED.items():
        value: Any = whole
        section, (*path, last) = made, name.split(".")
        for part in path:
            section, value = section.setdefault(part, {}), value[part]
        section[last] = max(least, round(value[last] * factor))
    return made


def _merged(content: dict[str, Any], overlay: dict[str, Any]) -> dict[str, Any]:
    return content | {
        key: _merged(content[key], value) if isinstance(value, dict) else value for key, value in overlay.items()
    }
