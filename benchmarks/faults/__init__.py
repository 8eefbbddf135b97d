"""Fault campaign: rounds on the tiny model, each disturbed once, each to end as the undisturbed one or with a name."""
