"""Label-safe rewriting operators: one function each, one line in OPERATORS with the proof of what it preserves.

The query model's action is a program of these names. Contract tests run every operator over every training query.
"""

from dataclasses import replace

from sparring.operators import (
    apart,
    correction,
    frames,
    notes,
    order,
    pasted,
    sayings,
    spelling,
    told,
    tool_topics,
    turns,
    values,
    wording,
)
from sparring.operators.base import MAX_QUERY, Operator, Site, within_reach
from sparring.operators.sites import site_of
from sparring.operators.taking_back import as_asked, without_unasked
from sparring.operators.turns import Turns, misleads

AROUND = "only words around the request are added, and none of them asks for or limits anything"
WITHIN = "only words outside the protected places change, to others of the same meaning"
LETTERS = "only letters and marks outside the protected places change"
VALUE = "the new spelling reads back to the same value"
TOLD = "the told request has other values, is over, and its end is said; what is asked is the seed"
PASTED = "the writer asks for the seed to be done, and who pastes it asks for that too"
APART = "the same words in several pieces; the one that stands for a value is named once"
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
    "corrected": Operator(
        correction.corrected, "the last word on the value is the seed's, the wrong one is taken back"
    ),
    "told_done": Operator(told.told_done, TOLD),
    "told_theirs": Operator(told.told_theirs, TOLD),
    "told_past": Operator(told.told_past, TOLD),
    "used_tool": Operator(tool_topics.used_tool, "a tool that the gold does not call is said to be done with"),
    "open_option": Operator(tool_topics.open_option, "an argument that may be left out is left open"),
    "tool_words": Operator(tool_topics.tool_words, "what a tool does is said not to be wanted, where none is"),
    "spoken": Operator(sayings.spoken, VALUE),
    "listed": Operator(apart.listed, APART),
    "named_first": Operator(apart.named_first, APART),
    "split_up": Operator(apart.split_up, APART),
    "mail": Operator(pasted.mail, PASTED),
    "ticket": Operator(pasted.ticket, PASTED),
    "chat_log": Operator(pasted.chat_log, PASTED),
    "notes": Operator(notes.notes, f"{AROUND}; they share no longer word with the seed and its tools"),
}
OPERATORS = {name: replace(operator, rewrite=within_reach(operator.rewrite)) for name, operator in _OPERATORS.items()}
# What comes before the request: the request stays, earlier values are others, and what was called for them is done.
TURNS: dict[str, Turns] = {"earlier_turn": turns.earlier_turn, "earlier_turns": turns.earlier_turns}

__all__ = ["MAX_QUERY", "OPERATORS", "TURNS", "Operator", "Site", "as_asked", "misleads", "site_of", "without_unasked"]
