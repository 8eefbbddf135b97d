"""The rows that every step reads and writes: frozen, typed, one JSON object a line.

They stand at the bottom of the library and import nothing of it. Every column, with the files that have it:
docs/design.md, "The files of a round".
"""

from sparring.records.attacks import UNJUDGED, Attack, Completion, Failure, GatedAttack, Trial, Verdict
from sparring.records.base import KINDS, Count, Kind, Record
from sparring.records.examples import Call, Example, GoldCall, Message, Tool, by_id, conversation
from sparring.records.learnt import Elite, Mistake, MixPart, SFTExample
from sparring.records.results import Breadth, Comparison, Dial, DialSetting, MachineRates, Outcome, Rate, RoundResult

__all__ = [
    "KINDS",
    "UNJUDGED",
    "Attack",
    "Breadth",
    "Call",
    "Comparison",
    "Completion",
    "Count",
    "Dial",
    "DialSetting",
    "Elite",
    "Example",
    "Failure",
    "GatedAttack",
    "GoldCall",
    "Kind",
    "MachineRates",
    "Message",
    "Mistake",
    "MixPart",
    "Outcome",
    "Rate",
    "Record",
    "RoundResult",
    "SFTExample",
    "Tool",
    "Trial",
    "Verdict",
    "by_id",
    "conversation",
]
