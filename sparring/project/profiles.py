"""Profiles: overlays on params.yaml for a kind of machine. Comments, order and all other keys of the file stay."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from sparring.config import load_params
from sparring.errors import InputError
from sparring.storage import read_text, write_text
from sparring.yaml_text import read_yaml

OVER, ROUNDS, CUT = "over", "rounds", "cut"


def profile_names(folder: Path) -> list[str]:
    """Names of the profiles in a folder."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def apply_profile(params: Path, profile: Path) -> list[str]:
    """Lays a profile over params.yaml; the file is replaced only where the result is a valid recipe.

    Args:
        params: The recipe.
        profile: The overlay: the same keys, only those that it sets. Its `rounds` replace the recipe's; `over` names
            the profile beside it that is laid first. Its sizes are whole ones: `cut` is null after it.

    Returns:
        The changed keys, each as "key: before -> after".

    Raises:
        InputError: A file is missing, or the result would not be valid; nothing is written then.
    """
    if not params.exists():
        raise InputError(f"{params}: no such file")
    return lay(params, _overlay(profile) | {CUT: None}, str(profile))


def _overlay(profile: Path) -> dict[str, Any]:
    """What a profile sets, together with what the one sets that it is laid over."""
    if not profile.exists():
        names = ", ".join(profile_names(profile.parent))
        raise InputError(f"{profile}: no such file{f'; there are {names}' if names else ''}")
    own = read_yaml(read_text(profile), str(profile))
    if not isinstance(own, dict):
        raise InputError(f"{profile}: expected keys and values")
    if (below := own.pop(OVER, None)) is None:
        return own
    if not isinstance(below, str) or below == profile.stem or below not in profile_names(profile.parent):
        raise InputError(f"{profile}: {OVER}: expected another profile: {', '.join(profile_names(profile.parent))}")
    under = profile.parent / f"{below}.yaml"
    beneath = read_yaml(read_text(under), str(under))
    if not isinstance(beneath, dict) or OVER in beneath:
        raise InputError(f"{profile}: {OVER}: {below} must set keys itself, over the recipe")
    return _merged(beneath, own)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Keys of both, those of `above` where both set one."""
    found = dict(below)
    for key, value in above.items():
        deeper = isinstance(value, Mapping) and isinstance(found.get(key), Mapping) and key != ROUNDS
        found[key] = _merged(found[key], value) if deeper else value
    return found


def lay(params: Path, overlay: Mapping[str, Any], source: str) -> list[str]:
    """Lays keys and values over params.yaml, as `apply_profile` does those of a file.

    Args:
        params: The recipe.
        overlay: What to set.
        source: What an error message names.
    """
    yaml = _writer()
    text = read_text(params)
    if not isinstance(read_yaml(text, str(params)), dict):
        raise InputError(f"{params}: expected keys and values")
    recipe = yaml.load(text)
    changed = _lay(recipe, overlay, "")
    stream = io.StringIO()
    try:
        yaml.dump(recipe, stream)
    except YAMLError as error:
        raise InputError(f"{source}: {str(error).splitlines()[0]}") from None
    trial = params.with_name(f".{params.name}.trial")
    try:
        write_text(trial, stream.getvalue())
        load_params(trial)
        if changed:
            trial.replace(params)
    except InputError as error:
        raise InputError(f"{source}: {str(error).partition(': ')[2]}") from None
    finally:
        trial.unlink(missing_ok=True)
    return changed


def _writer() -> YAML:
    """A reader and writer that keeps comments, quotes and the word null."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096  # lines stay as they were written
    yaml.representer.add_representer(
        type(None), lambda representer, _: representer.represent_scalar("tag:yaml.org,2002:null", "null")
    )
    return yaml


def _lay(recipe: Any, overlay: Mapping[str, Any], prefix: str) -> list[str]:
    """Sets the overlay's keys in the recipe; what changed."""
    changed = []
    for key, value in overlay.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and isinstance(recipe.get(key), Mapping) and name != ROUNDS:
            changed += _lay(recipe[key], value, f"{name}.")
        elif recipe.get(key) != value:
            changed.append(f"{name}: {recipe.get(key)} -> {value}")
            recipe[key] = _styled(value)
    return changed


def _styled(value: Any) -> Any:
    """Mappings of plain values in one line each, as params.yaml writes them."""
    if not isinstance(value, Mapping):
        return value
    made = CommentedMap({key: _styled(inner) for key, inner in value.items()})
    if not any(isinstance(inner, Mapping) for inner in value.values()):
        made.fa.set_flow_style()
    return made
