"""Uniqueness: which other tool could be meant by a request, or stands so near that it makes a good twin beside it.

A tool is a rival where its own words hold all that the request is about. One that also takes the very values that are
said could answer as rightly: then no row is made.
"""

from collections.abc import Collection, Iterable, Sequence

from sparring.seeds.phrases import key_of
from sparring.seeds.studied import Studied
from sparring.seeds.vocabulary import DEEDS
from sparring.seeds.wording import Said

KINDS = frozenset(f"<{kind}>" for kind in DEEDS)
MIN_TWIN = 0.5  # share of a request's words that a twin's own words hold


def is_rival(other: Studied, asked: Studied) -> bool:
    """Whether a tool's words hold all that another one's request is about: they are never shown together."""
    return asked.deed.about <= other.about or (
        (asked.deed.about - KINDS) == (other.deed.about - KINDS) and _same_kind(asked, other)
    )


def could_answer(other: Studied, asked: Studied, said: Sequence[Said]) -> bool:
    """Whether a tool is asked for in the same words, also takes the values that are said, and needs no other."""
    return asked.deed.about == other.deed.about and takes_all(other, said)


def may_be_taken(other: Studied, asked: Studied, said: Sequence[Said]) -> bool:
    """Whether a tool that is about something of the request, and does no certainly other deed, takes what is said."""
    return not is_far(other, asked) and not does_otherwise(other, asked) and takes_all(other, said)


def takes_all(other: Studied, said: Sequence[Said]) -> bool:
    """Whether a tool has a place for each value that is said, and needs no other."""
    spoken = {key_of(one.phrase) for one in said}
    takes = {key_of(phrase) for phrase in other.phrases.values()}
    needs = {key_of(other.phrases[path]) for path in other.needed}
    return all(_met(key, takes) for key in spoken) and all(_met(key, spoken) for key in needs)


def nearest(asked: Studied, others: Iterable[Studied]) -> list[Studied]:
    """The tools that are no rivals by how much of the request their words hold, the nearest first."""
    near = [(len(asked.deed.about & other.about) / max(1, len(asked.deed.about)), other) for other in others]
    found = [(share, other) for share, other in near if share >= MIN_TWIN and not is_rival(other, asked)]
    return [other for _, other in sorted(found, key=lambda pair: (-pair[0], pair[1].name))]


def is_far(other: Studied, asked: Studied) -> bool:
    """Whether a tool has nothing to do with a request: they share no word but a verb's kind."""
    return not (asked.deed.about - KINDS) & (other.about - KINDS)


def does_otherwise(other: Studied, asked: Studied) -> bool:
    """Whether a near tool does certainly not what is asked: the one only reads, the other changes what is, or both do
    opposite things; and nothing in its words speaks of the other deed."""
    ours, theirs = asked.deed.about & KINDS, other.about & KINDS
    if len(ours) != 1 or len(theirs) != 1 or ours == theirs:
        return False
    return {*ours, *theirs} != {"<make>", "<change>"} and "<count>" not in ours | theirs


def _same_kind(one: Studied, other: Studied) -> bool:
    return (one.deed.about & KINDS) == (other.deed.about & KINDS)


def _met(key: frozenset[str], others: Collection[frozenset[str]]) -> bool:
    return any(key <= other or other <= key for other in others)
