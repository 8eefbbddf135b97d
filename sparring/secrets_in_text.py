"""Keys and passwords that stand in addresses: refused where an address is read, masked wherever text is written."""

import re

MASK = "***"
_NAMES = (
    r"api[-_]?key|key|access[-_]?key|(?:[a-z]+[-_])?token|secret|client[-_]?secret|password|passwd|pwd|auth|authorization|"
    r"sig|signature"
)
USER = re.compile(r"(?<=://)[^\s/?#@'\"]+(?=@)|(?<=://)[^\s/?#]*:[^\s/?#]*(?=@)")
FIELD = re.compile(rf"(?i)(?<=[?&;])({_NAMES})=([^\s&;#'\"]+)")


def secret_in(address: str) -> str | None:
    """What an address holds that it should not, by its kind; None where it holds none."""
    if USER.search(address):
        return "a user or password"
    if (found := FIELD.search(address)) is not None:
        return f"a secret ({found[1]}=)"
    return None


def masked(text: str) -> str:
    """The text with users, passwords and secret fields of its addresses replaced."""
    return FIELD.sub(rf"\1={MASK}", USER.sub(MASK, text))


def refuse_secret(address: str | None) -> str | None:
    """The address as it is.

    Raises:
        ValueError: A secret stands in it; the message does not repeat it.
    """
    if address is not None and (found := secret_in(address)) is not None:
        raise ValueError(f"holds {found}; keys come from the environment only")
    return address
