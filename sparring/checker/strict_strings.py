"""How `strict` compares strings: layout is forgiven, meaning is not.

The reference deletes `, . / - _ * ^` everywhere, so that "1.5" is "15" and "x^2" is "x2". Here text is NFKC-folded and
lowered, numbers keep sign and point, and formulas and paths keep their operators.
"""

import re
import unicodedata
from functools import lru_cache

FORMULA = re.compile(r"[\^*=+()<>|\\]")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
BETWEEN_DIGITS = re.compile(r"(?<=\d)[ \-_/,:]+(?=\d)")
SIGN = re.compile(r"(?:(?<=^)|(?<=[\s(\[{,;:]))-(?=\.?\d)")
POINT = re.compile(r"(?<=\d)\.(?=\d)|(?<![\w.])\.(?=\d)")
DROPPED = re.compile(r"[ ,._\-\t\n\r]")
KEPT_SIGN, KEPT_POINT, KEPT_GAP = "\ue000", "\ue001", "\ue002"


@lru_cache(maxsize=65_536)
def standardised(text: str) -> str:
    """A string as `strict` compares it: equal results mean the same value."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("'", '"').strip()
    folded = folded.replace("**", "^")
    if FORMULA.search(folded):
        return re.sub(r"\s+", "", folded)
    folded = SIGN.sub(KEPT_SIGN, THOUSANDS.sub("", folded))
    folded = BETWEEN_DIGITS.sub(KEPT_GAP, POINT.sub(KEPT_POINT, folded))
    return DROPPED.sub("", folded)
