"""Tool-call formats: one file each, one line in DIALECTS."""

from sparring.dialects.base import Dialect
from sparring.dialects.functiongemma import FunctionGemma
from sparring.dialects.granite import Granite
from sparring.dialects.hermes import Hermes
from sparring.dialects.llama3 import Llama3
from sparring.dialects.mistral import Mistral
from sparring.dialects.plain_json import PlainJson
from sparring.dialects.pythonic import Pythonic
from sparring.dialects.survival import fault_of_row
from sparring.dialects.xlam_json import XlamJson
from sparring.errors import InputError

DIALECTS: dict[str, Dialect] = {
    "pythonic": Pythonic(),
    "hermes": Hermes(),
    "llama3": Llama3(),
    "mistral": Mistral(),
    "functiongemma": FunctionGemma(),
    "granite": Granite(),
    "xlam_json": XlamJson(),
    "plain_json": PlainJson(),
}

__all__ = ["DIALECTS", "Dialect", "check_dialect", "fault_of_row"]


def check_dialect(place: str, name: str) -> None:
    """Raises InputError where there is no such dialect. Args: place: where the name stands, e.g. "--dialect"."""
    if name not in DIALECTS:
        raise InputError(f"{place}: {name!r} is no dialect; allowed: {', '.join(DIALECTS)}")
