"""Word lists and word comparison that the gates share."""

import re
from collections.abc import Iterable

from rapidfuzz.distance import OSA

from sparring.normalise.number_words import SCALES, WORDS
from sparring.normalise.units import UNIT
from sparring.operators.frames import GREETINGS, HEDGES, HURRIES, THANKS
from sparring.operators.spelling import SAFE_CHAT
from sparring.operators.wording import CASUAL, CONTRACTIONS, FILLERS, FORMAL, SYNONYMS

FUNCTION_WORDS = frozenset(
    """a an the this that these those my your his her its our their me you him them us i we he she it they who whom
    whose which what where when why how there here of in on at to for from by with about as into onto over under
    between through during upon via and or but so if then than because while since though although given whether
    is are was were be been being am do does did done doing have has had having will would shall should can
    could may might must let just very really quite rather some any all both each no not s t re ve d ll m don
    isn doesn didn won wouldn couldn can't im id ive up out off down again more most much many few little such
    own same too also please kindly hey hi hello dear thanks thank okay ok well um uh hmm like know mean
    actually basically simply sort kind bit lot maybe perhaps possibly currently now today right one ones thing
    things stuff something anything someone somebody anybody everything way need needs needed want wants wanted
    wish wishes like likes liked love help helps helping assist wonder wondering wondered curious ask asks
    asking asked question questions request requests answer following task wanna gonna gotta able possible
    possibly possible sure glad grateful appreciate appreciated advance favor favour kind quick quickly soon
    moment minute time day morning afternoon evening night week u pls thx ur cuz r hope hoping trying try tried
    looking look see say says said saying think thinking guess figure figuring equal equals equal is's what's
    that's it's let's using use used uses given having do's value values exact exactly""".split()
)
REQUEST_VERBS = frozenset(
    """find get show tell give calculate compute determine retrieve fetch obtain provide list identify check search
    look locate generate create make convert translate estimate predict compare analyze analyse evaluate solve
    plot draw display book order reserve buy purchase send schedule add remove delete update set change play
    start stop open close turn write read summarize summarise count sort filter rank recommend suggest plan
    track measure simulate explain describe return print work figure pull bring present inform ascertain verify
    establish pinpoint email text call notify remind perform conduct run apply build design prepare set cancel save download upload share post deliver buy rent
    sell pay transfer""".split()
)
QUESTION_WORDS = frozenset("who what which when where how why whose is are do does did was were has have".split())
NEGATION = re.compile(
    r"\b(?:not|no|never|none|nothing|neither|nor|without|except|excluding|cancel|stop|avoid|skip|cannot|unless|"
    r"rather than|instead of|forget|ignore|refuse)\b|n['’]t\b",
    re.IGNORECASE,
)
CONSTRAINT = re.compile(
    r"\b(?:only|at least|at most|no more than|no less than|less than|more than|fewer than|greater than|under|below|above|"
    r"within|between|until|by (?:the|next|\d)|except|exclud\w+|exclusiv\w+|includ\w+|must|make sure|ensur\w+|limit\w*|"
    r"maximum|minimum|max|min|sort(?:ed|ing)?(?: by)?|order(?:ed)? by|rank\w*|cheap\w*|expensiv\w+|highest|lowest|latest|"
    r"newest|oldest|first|last|top|best|every|per|twice|double|half|also|as well|additionally|furthermore|plus|"
    r"in addition|besides|afterwards?|after that|and then|then|next|instead|prefer\w*|preferably|ideally|budget|"
    r"deadline|restrict\w*|round(?:ed|ing)?|decimal\w*|nearest|precision|separately|compare\w*|compared|exactly|"
    r"approximately|roughly|assum\w+|where possible|provided that|as long as|if possible|starting|ending|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday|"
    r"yesterday|tonight|weekly|daily|monthly|annual\w*|yearly|before|after)\b",
    re.IGNORECASE,
)
OVER = re.compile(
    r"\b(?:leav\w+|left)\b[^.!?]{0,80}\b(?:open|out|aside)\b|\b(?:is|are|was|were|be|been|got|get) "
    r"(?:all )?(?:finished|done|over|settled|solved|dealt with|taken care of|sorted|off the table)\b|"
    r"\balready (?:helped|answered|found|did|done|solved|have|had|got)\b|\bsay nothing\b|\bnothing to say\b|\bno wish\b",
    re.IGNORECASE,
)  # said of the request itself, or of one of its values, it takes them back
CONTRASTS = tuple(
    tuple(pair.split("/"))
    for pair in """shortest/longest fastest/slowest cheapest/dearest highest/lowest maximum/minimum increase/decrease buy/sell
    start/end begin/end open/close hot/cold male/female arrival/departure income/expense morning/evening first/last oldest/newest
    oldest/youngest left/right up/down positive/negative true/false odd/even simple/compound annual/monthly daily/weekly
    ascending/descending sine/cosine north/south east/west win/lose won/lost best/worst more/less most/least before/after
    above/below largest/smallest biggest/smallest tallest/shortest add/remove add/subtract multiply/divide encrypt/decrypt
    lend/borrow deposit/withdraw import/export parent/child husband/wife son/daughter mother/father men/women boys/girls
    indoor/outdoor summer/winter spring/autumn day/night sunrise/sunset input/output width/height mean/median initial/final
    inner/outer upper/lower early/late old/new public/private sent/received
    radius/diameter top/least top/worst top/bottom top/lowest best/least most/fewest nearest/farthest closest/farthest
    recent/oldest latest/earliest latest/oldest newest/earliest internal/external major/minor gross/net credit/debit domestic/international""".split()
)
META = re.compile(
    r"\b(?:ignore|disregard|override|pretend|roleplay|jailbreak|function|functions|tool|tools|api|apis|parameter|parameters|"
    r"argument|arguments|json|xml|yaml|python|code|output|prompt|prompts|instruction|instructions|system|assistant|model|"
    r"schema|syntax|bracket|brackets|call it|respond|respond with|reply|answer with|answer in|return an?|empty list|"
    r"format|no call|do nothing|language model|chatbot|ai)\b",
    re.IGNORECASE,
)
HARMLESS = re.compile(
    r"if it's not too much trouble|if you don['’]t mind|no rush|no worries|no hurry|not sure|i can['’]t wait|no problem|"
    r"don['’]t worry|why not|if possible|(?:what|here is what) i['’]m after|i['’]m afraid|no big deal|"
    r"no (?:expert|idea|clue)|not an expert|last (?:night|week|month|year|weekend|sunday|monday|tuesday|wednesday|thursday|friday|saturday)|"
    r"(?:have|got|has) (?:a|you a)? ?(?:second|minute|moment)\?|quick question\W|"
    r"can['’]t (?:quite )?(?:remember|figure|work) \w+|couldn['’]t (?:figure|work|find)|first of all|"
    r"(?:have|need|got|want|like) to know(?=\s*(?:[.!?]|$))|(?:don|doesn|didn)['’]t (?:even |really )?(?:know|remember)\b|"
    r"what (?:i|we) (?:still )?(?:don['’]t have|can['’]t find)(?: yet)? (?:is|are)\b|\bno matter (?:wh\w+|how|in which)\b|"
    r"\bno\.\s*:?\s*(?=[\w/-]*\d)|:\s*none\b|\bno way(?=\s*(?:[.!?\n]|$))|"
    r"an argument (?:about|at|between|in|on|over|with)\b|['’]s assistant\b|assistant (?:coach|director|manager|professor|teacher)|"
    r"thanks? (?:so much |a lot |very much )?in advance|before (?:i|my|we|the) \w+|after (?:a|my|our|work|dinner|lunch)\b",
    re.IGNORECASE,
)
VARIANTS = (FORMAL, CASUAL, CONTRACTIONS, SAFE_CHAT)
MIN_TYPO = 4
LONG_WORD = 8


def words(text: str) -> list[str]:
    """Words in small letters; digits, dots inside numbers and apostrophes belong to them."""
    return re.findall(r"[^\W_]+(?:['’.][^\W_]+)*", text.lower())


def stem(word: str) -> str:
    """A word without its common endings, for comparison alone."""
    word = word.replace("’", "'").removesuffix("'s")
    for ending in (
        "ations",
        "ation",
        "ings",
        "ing",
        "ies",
        "ied",
        "edly",
        "ers",
        "er",
        "est",
        "ed",
        "es",
        "ly",
        "s",
        "e",
        "y",
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word.removesuffix(ending)
            break
    return word


def is_content(word: str) -> bool:
    """Whether a word carries content: no function word, request verb, number, unit or filler."""
    bare = word.replace("’", "'")
    return not (
        bare in FUNCTION_WORDS
        or bare in REQUEST_VERBS
        or stem(bare) in VERB_STEMS
        or bare in WORDS
        or bare in SCALES
        or bare in UNIT
        or bare.replace(".", "").isdigit()
        or len(bare) < 2
        or bare in _AROUND
    )


def alternatives(word: str) -> frozenset[str]:
    """Stems of the words that our operators put for this one, and of the word itself."""
    return _SAME.get(word, frozenset()) | {stem(word)}


def alike(a: str, b: str) -> bool:
    """Whether two words are one, but for a typing slip or two: a letter more, less, another, or two swapped."""
    if a == b:
        return True
    if min(len(a), len(b)) < MIN_TYPO or abs(len(a) - len(b)) > 2:
        return False
    most = 2 if min(len(a), len(b)) >= LONG_WORD else 1
    return OSA.distance(a, b, score_cutoff=most) <= most


class ByLength:
    """Words by their length, since words of other lengths are never alike.

    Args:
        known: The words.
    """

    def __init__(self, known: Iterable[str]) -> None:
        self._groups: dict[int, set[str]] = {}
        for word in known:
            self._groups.setdefault(len(word), set()).add(word)

    def has_like(self, word: str) -> bool:
        """Whether one of them is like a word."""
        near = [self._groups[size] for size in range(len(word) - 2, len(word) + 3) if size in self._groups]
        return any(word in group for group in near) or any(alike(word, other) for group in near for other in group)


def _same_words() -> dict[str, frozenset[str]]:
    groups: dict[str, set[str]] = {}
    pairs: list[tuple[str, Iterable[str]]] = [(a, b) for a, b in SYNONYMS.items()]
    pairs += [(a, (b,)) for table in VARIANTS for a, b in table.items()]
    for plain, others in pairs:
        for other in others:
            for a, b in ((plain, other), (other, plain)):
                for word in words(a):
                    groups.setdefault(word, set()).update(stem(part) for part in words(b))
    return {word: frozenset(found) for word, found in groups.items()}


_SAME = _same_words()
VERB_STEMS = frozenset(stem(verb) for verb in REQUEST_VERBS)
_AROUND = frozenset(word for text in (*GREETINGS, *HEDGES, *HURRIES, *THANKS, *FILLERS) for word in words(text))
