"""What the rules say of a rewrite as evidence that is weighed, not as a verdict (sparring/engine/probe.py).

A rule that knows one writer's ways rejects another's right rewrites; how much its word counts is learnt from labels.
"""

from sparring.config import GateParams
from sparring.gates import RULES, Facts


def evidence(facts: Facts, params: GateParams) -> frozenset[str]:
    """The kind of the seed, and each rule that rejects, told apart by kind: "call", "quantities/call"."""
    kind = "call" if facts.example.gold else "no_call"
    return frozenset([kind, *(f"{name}/{kind}" for name, gate in RULES.items() if gate(facts, params) is not None)])
