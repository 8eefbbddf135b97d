"""How `strict` compares strings: layout is forgiven, meaning is not.

The reference deletes `, . / - _ * ^` everywhere, so that "1.5" is "15", "x^2" is "x2" and john.doe@mail.com is
johndoe@mail.com. Here text is NFKC-folded and lowered, typographic twins (curly quotes, dashes) are plain, numbers keep
sign and point, and formulas their operators. Words that stand for something by their letters (addresses, paths,
commands, identifiers, keys) are kept as they are: `exact_words`.
"""

import re
import unicodedata

from sparring.checker.exact_words import KEPT_WORD, keep_exact_words
from sparring.short_cache import keeps_short

FORMULA = re.compile(r"[\^*=+()<>|\\]")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
DATE = re.compile(r"(?<!\d)(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
DAY_OR_MONTH = re.compile(r"(?<!\d)(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)")
TIME_MARK = re.compile(r"(?<=\d{4}-\d\d-\d\d)[Tt](?=\d\d:)")
PAIR = re.compile(r"(?<![\d.\-_/,:])(\d{1,5})(\s*[\-_/,:]\s*)(\d{1,5})(?!\s*[\d\-_/,:])")
BETWEEN_DIGITS = re.compile(r"(?<=\d)[ \-_/,:]+(?=\d)")
SIGN = re.compile(r"(?:(?<=^)|(?<=[\s(\[{,;:]))-(?=\.?\d)")
POINT = re.compile(r"(?<=\d)\.(?=\d)|(?<![\w.])\.(?=\d)")
DROPPED = re.compile(r"[ ,._\-\t\n\r]")
KEPT_SIGN, KEPT_POINT, KEPT_GAP, KEPT_MARK = "\ue000", "\ue001", "\ue002", "\ue004"
MAX_PAIR_DIGITS = 6  # more are a telephone number or a postal code, whose marks are layout
TWINS = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u02bc\u0060\u00b4\uff07", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\uff02", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\ufe58\ufe63\uff0d", "-")
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", "")
)


@keeps_short(maxsize=65_536)
def standardised(text: str) -> str:
    """A string as `strict` compares it: equal results mean the same value."""
    plain = unicodedata.normalize("NFKC", text.replace(KEPT_WORD, "").translate(TWINS)).translate(TWINS).strip()
    plain = TIME_MARK.sub(" ", DAY_OR_MONTH.sub(_padded_last, DATE.sub(_padded_first, plain)))
    marked, kept = keep_exact_words(plain)
    folded = marked.casefold().replace("'", '"').replace("**", "^")
    if FORMULA.search(folded):
        return _with_words(re.sub(r"\s+", "", folded), kept)
    folded = SIGN.sub(KEPT_SIGN, PAIR.sub(_pair, THOUSANDS.sub("", folded)))
    folded = BETWEEN_DIGITS.sub(KEPT_GAP, POINT.sub(KEPT_POINT, folded))
    return _with_words(DROPPED.sub("", folded), kept)


def _padded_first(found: re.Match[str]) -> str:
    return f"{found[1]}-{found[3]:0>2}-{found[4]:0>2}"


def _padded_last(found: re.Match[str]) -> str:
    return f"{found[1]:0>2}{found[2]}{found[3]:0>2}{found[2]}{found[4]}"


def _pair(found: re.Match[str]) -> str:
    """Two numbers with a mark between them: a difference, a range, a score; never just two numbers."""
    gap = KEPT_MARK if len(found[1]) + len(found[3]) <= MAX_PAIR_DIGITS else KEPT_GAP
    return f"{found[1]}{gap}{found[3]}"


def _with_words(text: str, kept: list[str]) -> str:
    if not kept:
        return text
    words = (f"{KEPT_WORD}{word}{KEPT_WORD}" for word in kept)
    return "".join(part + word for part, word in zip(text.split(KEPT_WORD), [*words, ""], strict=True))
