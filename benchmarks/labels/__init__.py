"""Accepted attacks read one by one: is the right call still the right one?

`drawing.py` draws them over families and operators and passes them through all gates, `scoring.py` reads what a reader
said twice. The sets that were read lie beside them (`set1.jsonl`, `set2.jsonl`); docs/labels.md says what came out.
"""
