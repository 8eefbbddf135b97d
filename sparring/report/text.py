"""Other people's text in a page: visible, short, escaped. What a model wrote is data, however hostile.

Marks that reorder or hide text are written out as ⟦U+202E⟧, so that nobody is shown a request that the model did not
get. Joiners that scripts and emoji need stay.
"""

import json
import re

from sparring.one_line import code_span, shorten

__all__ = ["NO_BREAK", "code_span", "script_json", "share", "shorten"]

NO_BREAK = "\u00a0"  # a share is never broken before its sign
UNSAFE_IN_SCRIPT = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


def script_json(content: object) -> str:
    """JSON in ASCII that may stand inside <script>: nothing in it can end the element or open a comment."""
    text = json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return re.sub("[<>&]", lambda found: UNSAFE_IN_SCRIPT[found[0]], text)


def share(value: float | None) -> str:
    """A share as per cent to one place; "not measured" where it is undefined. A small share never reads as zero."""
    if value is None:
        return "not measured"
    percent = 100 * value
    if 1e-6 < percent < 0.05:
        return f"below 0.1{NO_BREAK}%"
    number = "100" if value == 1.0 or percent > 99.999999 else "0" if percent < 0.05 else f"{percent:.1f}"
    return f"{number}{NO_BREAK}%"
