"""The benchmark's oracle: whether a rewrite that nobody constructed provably keeps its label.

It knows what the operators may add and which words they may change, takes that away, and demands that the rest be the
seed: the same values, numbers, units and order, every content word (slips allowed) and no other one. It shares no rule
with the gates, so that it can judge them. It errs on one side: much that a reader would let pass it does not.
"""

import re
from collections import Counter
from collections.abc import Iterable
from difflib import SequenceMatcher
from itertools import pairwise

from sparring.normalise import numbers
from sparring.operators import frames, site_of, spelling, values, wording
from sparring.records import Example

TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
MARKUP = re.compile(r"[{}\[\]<>|\\`=]|\w\(|\w_\w")
FRAMES = (
    *frames.GREETINGS, *frames.THANKS, *frames.CHATTER, *frames.STORIES, *frames.NEAR_MISSES, *frames.PERSONAS,
    *frames.QUOTERS, *frames.HEDGES, *frames.HURRIES, *frames.TITLES, *wording.POLITE, *wording.FILLERS,
)  # fmt: skip
FRAME = re.compile("|".join(re.escape(text) for text in sorted(FRAMES, key=len, reverse=True)), re.IGNORECASE)
QUANTITY = re.compile("|".join(re.escape(text).replace(r"\{n\}", r"[\w-]+") for text in frames.QUANTITIES), re.I)
POLITE = frozenset(
    """a an the i me my we us you your it is are be am was do does did to of for in on at and or with by from as this
    that there here please could would will can should like want need know tell what which how who whose where when
    so just hey hi hello thanks thank kindly wanna gonna i'd i'm i've i'll let's what's where's how's who's it's
    that's""".split()
)
FIRM = frozenset(
    """not no never none don't can't cannot without except only unless instead least most between before after than over
    under below above from into until since per every both each""".split()
)
SAME_WORD = 0.75
MIN_LETTERS = 4
MIN_KEPT = 0.8
MAX_STRANGE = 1
MIN_NEIGHBOURS = 0.35


def oracle_fault(example: Example, rewrite: str) -> str | None:
    """Why the rewrite is not proven to keep the seed's label, or None where it is."""
    seed = example.query
    core = _without_frames(seed, rewrite)
    checks = (_markup, _numbers, _units, _order, _firm_words, _words_kept, _strange_words, _shuffled)
    for fault in (_values(example, rewrite), *(check(seed, core) for check in checks)):
        if fault is not None:
            return fault
    return None


def _tokens(text: str) -> list[str]:
    return [word.replace("’", "'") for word in TOKEN.findall(text.lower())]


def _without_frames(seed: str, rewrite: str) -> str:
    """The rewrite without what the operators add around a request."""
    text = QUANTITY.sub(" ", rewrite)
    return FRAME.sub(lambda match: match.group() if match.group().lower() in seed.lower() else " ", text).strip()


def _values(example: Example, rewrite: str) -> str | None:
    seed, given = (f" {' '.join(_tokens(text))} " for text in (example.query, rewrite))
    for value in site_of(example).strings:
        said = f" {' '.join(_tokens(value))} "
        if said.strip() and said in seed and said not in given:
            return f"{value!r} is gone"
    return None


def _markup(seed: str, core: str) -> str | None:
    new = [match.group() for match in MARKUP.finditer(core) if match.group() not in seed]
    return f"markup {new[0]!r}" if new else None


def _numbers(seed: str, core: str) -> str | None:
    before, now = (Counter(number.value for number in numbers(text)) for text in (seed, core))
    return None if before == now else f"the numbers {sorted((before - now) + (now - before))} differ"


def _units(seed: str, core: str) -> str | None:
    """The word after a number stays: a unit, or what is counted."""
    followed = [_after(seed, number.end) for number in numbers(seed)]
    now = [_after(core, number.end) for number in numbers(core)]
    for word in followed:
        if word in UNITS and not any(_alike(word, other) or UNITS[word] == UNITS.get(other) for other in now):
            return f"{word!r} no longer follows a number"
    new = [word for word in now if word in UNITS and UNITS[word] not in {UNITS.get(other) for other in followed}]
    return f"{new[0]!r} follows a number" if new else None


def _after(text: str, end: int) -> str:
    found = re.match(r"\W{0,2}([^\W\d_]+)", text[end:])
    return found.group(1).lower() if found else ""


def _order(seed: str, core: str) -> str | None:
    """Numbers stand in the same order; one that moved has the same two words before it."""
    first, now = ([(n.value, _before(text, n.start)) for n in numbers(text)] for text in (seed, core))
    moved = [pair for pair, other in zip(now, first, strict=False) if pair[0] != other[0]]
    strangers = [
        value for value, words in moved if (value, words) not in first or len({w for _, w in moved}) < len(moved)
    ]
    return f"{strangers[0]} stands elsewhere" if strangers else None


def _before(text: str, start: int) -> str:
    return " ".join(_tokens(text[:start])[-2:])


def _firm_words(seed: str, core: str) -> str | None:
    """Words that deny, limit or direct stand as often as in the seed."""
    before, now = (Counter(word for word in _tokens(text) if word in FIRM) for text in (seed, core))
    changed = sorted((before - now) + (now - before))
    return f"{changed[0]!r} more or less often" if changed else None


def _words_kept(seed: str, core: str) -> str | None:
    own, given = _content(seed), _tokens(core)
    lost = [word for word in own if not _among(word, given) and not (SAME.get(word, frozenset()) & set(given))]
    return f"{lost[0]!r} is gone" if len(lost) > (1 - MIN_KEPT) * len(own) else None


def _strange_words(seed: str, core: str) -> str | None:
    """Content words that neither the seed has nor the operators put for one of its words."""
    own = _tokens(seed)
    allowed = {other for word in own for other in SAME.get(word, frozenset())} | set(own) | POLITE | NUMBER_WORDS
    strange = [word for word in _content(core) if word not in allowed and not _among(word, own)]
    return f"strange: {', '.join(strange[:3])}" if len(strange) > (MAX_STRANGE if len(own) > 10 else 0) else None


def _shuffled(seed: str, core: str) -> str | None:
    """Enough of the seed's neighbouring words still are neighbours."""
    own, given = ([w for w in _tokens(text) if not w.isdigit()] for text in (seed, core))
    before = set(pairwise(own))
    kept = len(before & set(pairwise(given)))
    slips = sum(word not in own for word in given)
    return "in no order" if len(before) > 3 and kept + slips < MIN_NEIGHBOURS * len(before) else None


def _content(text: str) -> list[str]:
    return [w for w in dict.fromkeys(_tokens(text)) if len(w) >= MIN_LETTERS and w not in POLITE and not w[0].isdigit()]


def _among(word: str, others: Iterable[str]) -> bool:
    return any(_alike(word, other) for other in others)


def _alike(word: str, other: str) -> bool:
    """Whether two words are one but for a slip: same first or last letter, nearly the same letters."""
    if word == other:
        return True
    if min(len(word), len(other)) < MIN_LETTERS or abs(len(word) - len(other)) > 2:
        return False
    return SequenceMatcher(None, word, other).ratio() >= SAME_WORD and (word[0] == other[0] or word[-1] == other[-1])


def _same_words() -> dict[str, frozenset[str]]:
    """From each word that an operator may change to the words that it may become, both ways."""
    tables = (wording.FORMAL, wording.CASUAL, wording.CONTRACTIONS, spelling.CHAT)
    pairs: list[tuple[str, tuple[str, ...]]] = [(plain, (other,)) for table in tables for plain, other in table.items()]
    pairs += list(wording.SYNONYMS.items())
    found: dict[str, set[str]] = {}
    for plain, others in pairs:
        for other in others:
            for a, b in ((plain, other), (other, plain)):
                for word in _tokens(a):
                    found.setdefault(word, set()).update(_tokens(b))
    return {word: frozenset(others) for word, others in found.items()}


def _unit_names() -> dict[str, str]:
    """From each spelling of a unit to one name for it."""
    found = {name: long for short, long in values.SPELLED_UNITS.items() for name in (short.lower(), long.lower())}
    found |= {short.lower(): long for long, short in values.SHORT_UNITS.items()}
    plain = """meters meter feet foot miles mile kilometers kilometer inches inch pounds pound kilograms kilogram days
    day weeks week months month years year hours hour minutes minute seconds second dollars dollar euros euro celsius
    fahrenheit grams gram ounces ounce usd eur degrees units amperes volts newtons percent""".split()
    return {word: word.rstrip("s") for word in plain} | {short: long.rstrip("s") for short, long in found.items()}


SAME = _same_words()
UNITS = _unit_names()
NUMBER_WORDS = frozenset(
    """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion point
    percent january february march april june july august september october november december""".split()
)
