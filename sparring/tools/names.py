"""Names that every API takes: OpenAI's `[a-zA-Z0-9_-]{1,64}` with a letter or underscore first, as Gemini wants it."""

import re

LAWFUL = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
LAWFUL_ARGUMENT = re.compile(r"[A-Za-z0-9_.-]{1,64}")
MAX_CHARS = 64


def lawful(name: str, taken: set[str]) -> str:
    """The name as APIs take it, different from all that are taken; as it is where it can be.

    Args:
        name: What a source calls a tool or an argument.
        taken: The names that stand already; the new one is entered.
    """
    plain = name if LAWFUL.fullmatch(name) else _plain(name)
    made, number = plain, 1
    while made in taken:
        number += 1
        ending = f"_{number}"
        made = plain[: MAX_CHARS - len(ending)] + ending
    taken.add(made)
    return made


def _plain(name: str) -> str:
    """The letters and digits of a name between underscores; "tool" where it has none."""
    words = re.sub(r"[^A-Za-z0-9_-]+", "_", name[: MAX_CHARS * 8]).strip("_-")[:MAX_CHARS].rstrip("_-")
    if not words:
        return "tool"
    return words if words[0].isalpha() else f"_{words}"[:MAX_CHARS]
