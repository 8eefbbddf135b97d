"""Attacks as the steps of a round hand them on: those of sparring/attacker/attacks.py."""

from sparring.attacker.attacks import MALFORMED, UNTOUCHED, gate, ungated, untouched_attacks

__all__ = ["MALFORMED", "UNTOUCHED", "gate", "ungated", "untouched_attacks"]
