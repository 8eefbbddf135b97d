"""Profiles: overlays on params.yaml for a kind of machine. Comments, order and all other keys of the file stay."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from sparring.config import load_params
from sparring.storage import InputError, write_text
from sparring.yaml_text import read_yaml


def profile_names(folder: Path) -> list[str]:
    """Names of the profiles in a folder."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def apply_profile(params: Path, profile: Path) -> list[str]:
    """Lays a profile over params.yaml; the file is replaced only where the result is a valid recipe.

    Args:
        params: The recipe.
        profile: The overlay: the same keys, only those that it sets. Its `rounds` replace the recipe's.

    Returns:
        The changed keys, each as "key: before -> after".

    Raises:
        InputError: A file is missing, or the result would not be valid; nothing is written then.
    """
    for path in (params, profile):
        if not path.exists():
            names = ", ".join(profile_names(profile.parent)) if path == profile else ""
            raise InputError(f"{path}: no such file{f'; there are {names}' if names else ''}")
    overlay = read_yaml(_text(profile), str(profile))
    if not isinstance(overlay, dict):
        raise InputError(f"{profile}: expected keys and values")
    return lay(params, overlay, str(profile))


def lay(params: Path, overlay: Mapping[str, Any], source: str) -> list[str]:
    """Lays keys and values over params.yaml, as `apply_profile` does those of a file.

    Args:
        params: The recipe.
        overlay: What to set.
        source: What an error message names.
    """
    yaml = _writer()
    text = _text(params)
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


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 at byte {error.start}") from None


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
        if isinstance(value, Mapping) and isinstance(recipe.get(key), Mapping) and name != "rounds":
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
