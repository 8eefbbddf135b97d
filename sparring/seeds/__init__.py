"""Seeds for a team's own tools: the right call first, then a query that says every value, then the proof.

A call is drawn from the tool's schema so that tools, patterns of optional arguments, enumerated values and types are
covered; words follow. What cannot be said in words, or could be meant for another tool or argument, is named and left
out (sparring/seeds/making.py puts the parts together).
"""
