"""Label-safe rewriting operators: one function each, one line in OPERATORS with the proof of what it preserves.

The query model's action is a program of these names. Contract tests run every operator over every training query.
"""

from dataclasses import replace

from sparring.operators import frames, order, spelling, values, wording
from sparring.operators.base import MAX_QUERY, Operator, Site, site_of, within_reach

AROUND = "only words around the request are added, and none of them asks for or limits anything"
WITHIN = "only words outside the protected places change, to others of the same meaning"
LETTERS = "only letters and marks outside the protected places change"
VALUE = "the new spelling reads back to the same value"
MOVED = "the same sentences stand in another order, and none refers to another"

_OPERATORS: dict[str, Operator] = {
    "greeting": Operator(frames.greeting, AROUND),
    "thanks": Operator(frames.thanks, AROUND),
    "chatty": Operator(frames.chatty, AROUND),
    "story": Operator(frames.story, AROUND),
    "quantity": Operator(frames.quantity, f"{AROUND}; its number counts plainly unrelated things"),
    "near_miss": Operator(frames.near_miss, f"{AROUND}; the other question has been answered"),
    "persona": Operator(frames.persona, AROUND),
    "quote": Operator(frames.quote, "the request is quoted whole, and the asker makes it theirs"),
    "hedge": Operator(frames.hedge, AROUND),
    "hurry": Operator(frames.hurry, AROUND),
    "title": Operator(frames.title, AROUND),
    "polite": Operator(wording.polite, AROUND),
    "formal": Operator(wording.formal, WITHIN),
    "casual": Operator(wording.casual, WITHIN),
    "synonyms": Operator(wording.synonyms, WITHIN),
    "contract": Operator(wording.contract, WITHIN),
    "expand": Operator(wording.expand, WITHIN),
    "telegraphic": Operator(wording.telegraphic, "only articles and courtesies outside the protected places go"),
    "hesitant": Operator(wording.hesitant, "only filler words are added, outside the protected places"),
    "statement": Operator(wording.statement, "only the form of the request changes"),
    "typos": Operator(spelling.typos, f"{LETTERS}, and each word stays recognisable"),
    "lowercase": Operator(spelling.lowercase, LETTERS),
    "uppercase": Operator(spelling.uppercase, LETTERS),
    "bare": Operator(spelling.bare, LETTERS),
    "excited": Operator(spelling.excited, LETTERS),
    "chat": Operator(spelling.chat, LETTERS),
    "number_words": Operator(values.number_words, VALUE),
    "digits": Operator(values.digits, VALUE),
    "thousands": Operator(values.thousands, VALUE),
    "written_date": Operator(values.written_date, VALUE),
    "units": Operator(values.units, VALUE),
    "percent": Operator(values.percent, VALUE),
    "reverse": Operator(order.reverse, MOVED),
    "front": Operator(order.front, "the same clauses stand in another order"),
    "lines": Operator(order.lines, "only blanks become line breaks"),
}
OPERATORS = {name: replace(operator, rewrite=within_reach(operator.rewrite)) for name, operator in _OPERATORS.items()}

__all__ = ["MAX_QUERY", "OPERATORS", "Operator", "Site", "site_of"]
