"""Tool-call formats: one file each, one line in DIALECTS."""

from sparring.dialects.base import Dialect
from sparring.dialects.functiongemma import FunctionGemma
from sparring.dialects.granite import Granite
from sparring.dialects.hermes import Hermes
from sparring.dialects.llama3 import Llama3
from sparring.dialects.mistral import Mistral
from sparring.dialects.plain_json import PlainJson
from sparring.dialects.pythonic import Pythonic
from sparring.dialects.survival import fault_of_gold
from sparring.dialects.xlam_json import XlamJson

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

__all__ = ["DIALECTS", "Dialect", "fault_of_gold"]
