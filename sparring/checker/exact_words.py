"""Words that stand for something by their letters: addresses, paths, commands, identifiers, keys and codes.

One changed sign makes them another thing, so they are compared as they are. Mail addresses, file names and domains
differ by more than case; everything else by case too. The surprise is how many plain words look alike: "U.S.",
"Dr.Smith", "and/or", "15-January-2024" and "COVID 19" are none.
"""

import re

KEPT_WORD = "\ue003"
MAYBE = re.compile(r"[@/\\_]|\.\w|-\w|\d[A-Za-z]|[A-Za-z]\d|^(?:git|sudo|docker|npm|pip|kubectl|curl|rm|mkdir|cd)\s")
WORD = re.compile(r"\S+")
EDGES = "\"',;!?()[]{}<>"
MAIL = re.compile(r"[^\s@/]+@[^\s@/]+")
URL = re.compile(r"(?:[A-Za-z][\w+.-]*://|www\.|mailto:)\S+")
PATH = re.compile(
    r"(?:~|\.{1,2})?[/\\](?=.*[A-Za-z])\S*"  # /a, ./a, ../a, ~/a, \\server
    r"|[A-Za-z]:[/\\]\S*"  # C:\a
    r"|[\w.-]+(?:[/\\][\w.-]+){2,}[/\\]?(?<!\d)"  # a/b/c
    r"|[\w.-]+[/\\](?:[\w.-]+[/\\])*[\w-]+\.[A-Za-z]\w{0,4}"  # a/b.txt
    r"|[\w.-]*[A-Za-z][\w.-]*[/\\]"  # a/
)
DATE_LIKE = re.compile(r"\d{1,4}[/\\-][A-Za-z\d]+[/\\-]\d{1,4}")
DOTTED = re.compile(r"\.?[A-Za-z_][\w-]*(?:\.[\w-]+)+")
HIDDEN = re.compile(r"\.[A-Za-z_][\w-]*(?:\.[\w-]+)*")
ENDING = re.compile(r"(?=.*[A-Za-z])(?:[a-z0-9]{1,10}|[A-Z0-9]{2,5})")
SNAKE = re.compile(r"_*[A-Za-z][A-Za-z0-9]*(?:_+[A-Za-z0-9]+)+_*|_+[A-Za-z][A-Za-z0-9]*_*")
FLAG = re.compile(r"--?[A-Za-z][\w-]*(?:=\S*)?")
CODE = re.compile(r"[A-Za-z0-9]+(?:[-_#][A-Za-z0-9]+)+")
YEAR = re.compile(r"(?:19|20)\d\d")
KEY = re.compile(r"[A-Za-z0-9_+/=-]{10,}")
COMMAND = re.compile(
    r"(?:git|sudo|docker|npm|npx|yarn|pip3?|kubectl|curl|wget|rm|cp|mv|mkdir|rmdir|chmod|chown|ssh|scp|grep|apt-get"
    r"|systemctl|cd)\s+\S|[a-z][\w.+/-]*(?:\s+\S+)*?\s+--?[A-Za-z][\w-]*(?:[\s=]|\Z)"
)


def keep_exact_words(text: str) -> tuple[str, list[str]]:
    """A text with its exact words taken out, a mark in place of each, and they as they are compared."""
    if MAYBE.search(text) is None:
        return text, []
    if COMMAND.match(text):
        return KEPT_WORD, [" ".join(text.split())]
    kept: list[str] = []

    def taken(found: re.Match[str]) -> str:
        word = found.group()
        bare = word.strip(EDGES).rstrip(".:")
        if bare in {"", ".", ".."}:
            return word
        exact = _exact(bare)
        if exact is None:
            return word
        kept.append(exact)
        return word.replace(bare, KEPT_WORD, 1)

    return WORD.sub(taken, text), kept


def _exact(word: str) -> str | None:
    """A word as it is compared; None where it is a plain one."""
    if MAIL.fullmatch(word) or (DOTTED.fullmatch(word) and _is_named(word)) or HIDDEN.fullmatch(word):
        return word.casefold()
    if DATE_LIKE.fullmatch(word):
        return None
    for kind in (URL, PATH, SNAKE, FLAG):
        if kind.fullmatch(word):
            return word
    return word if _is_code(word) or _is_key(word) else None


def _is_named(word: str) -> bool:
    """Whether a dotted word is a file, a domain or a module: no abbreviation, no title before a name."""
    parts = word.strip(".").split(".")
    return ENDING.fullmatch(parts[-1]) is not None and any(len(part) > 2 for part in parts[:-1])


def _is_code(word: str) -> bool:
    """Letters and digits in groups: `AB-12`, `order-48213`; a word with a year is none, nor one with a small number."""
    if CODE.fullmatch(word) is None or not re.search(r"[A-Za-z]", word):
        return False
    if re.search(r"\d", word) and word == word.upper():
        return True
    numbers = re.findall(r"\d+", word)
    return any(len(number) >= 3 and not YEAR.fullmatch(number) for number in numbers)


def _is_key(word: str) -> bool:
    """A long word in which letters and digits alternate, as no word of a language does."""
    if KEY.fullmatch(word) is None:
        return False
    changes = len(re.findall(r"[A-Za-z][_+/=-]?(?=\d)|\d[_+/=-]?(?=[A-Za-z])", word))
    mixed = re.search(r"[a-z][A-Z]|[A-Z]{2}[a-z]", word) is not None and re.search(r"\d", word) is not None
    return changes >= 3 or (mixed and changes >= 1)
