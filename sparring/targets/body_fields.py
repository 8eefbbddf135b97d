"""Fields of a request that not every chat API takes, found out from what the first refusal says.

Newer models want `max_completion_tokens` for `max_tokens`, and some take neither `seed` nor `temperature`; a refusal
names the field. A model that thinks gets room for it. What was learnt holds for all rows of a target; rows keep their
ids, which are made from the request as it was before.
"""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

LIMIT, NEW_LIMIT = "max_tokens", "max_completion_tokens"
THINKING_TOKENS = 4_096
STRICT = "strict"
DROPPED = ("seed", "temperature", "tool_choice", "parallel_tool_calls", STRICT)
NOT_TAKEN = re.compile(
    r"support|unrecogni[sz]ed|unknown|unexpected|extra|not permitted|not allowed|forbidden|deprecated|invalid[ _]param"
    r"|not a valid|no such|does not exist|only the default",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class BodyFields:
    """How a request differs from the usual one.

    Attributes:
        dropped: Fields that are not sent.
        limit: Name of the limit on an answer's length.
        thinks: Whether the model needs room to think.
    """

    dropped: frozenset[str] = frozenset()
    limit: str = LIMIT
    thinks: bool = False

    def applied(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The body as it is sent."""
        made = {key: value for key, value in body.items() if key not in self.dropped}
        if STRICT in self.dropped and "tools" in made:
            made["tools"] = [_not_strict(tool) for tool in made["tools"]]
        if LIMIT in made:
            longest = made.pop(LIMIT)
            made[self.limit] = max(longest, THINKING_TOKENS) if self.thinks else longest
        return made

    def after_refusal(self, body: Mapping[str, Any], said: str) -> "BodyFields":
        """What to try after a refusal; the same where it names no field that can be left out."""
        if NOT_TAKEN.search(said) is None:
            return self
        if self.limit == LIMIT and LIMIT in body and _names(LIMIT, said):
            return replace(self, limit=NEW_LIMIT)
        named = {name for name in DROPPED if _holds(body, name) and name not in self.dropped and _names(name, said)}
        return replace(self, dropped=self.dropped | named)


class LearntFields:
    """The fields of one target's requests; shared by all threads."""

    def __init__(self) -> None:
        self.now = BodyFields()
        self._lock = threading.Lock()

    def learn(self, sent: BodyFields, found: BodyFields) -> bool:
        """Takes over what one request found out. Whether the request should be sent anew."""
        with self._lock:
            if self.now != sent:
                return True  # another thread learnt something meanwhile
            self.now = found
            return found != sent


def longest_answer(body: Mapping[str, Any]) -> int:
    """Tokens that an answer may have; 0 where the request does not say."""
    return int(body.get(LIMIT) or body.get(NEW_LIMIT) or 0)


def _holds(body: Mapping[str, Any], field: str) -> bool:
    return field in body or (
        field == STRICT and any(STRICT in tool.get("function", {}) for tool in body.get("tools", ()))
    )


def _not_strict(tool: Mapping[str, Any]) -> dict[str, Any]:
    return {**tool, "function": {key: value for key, value in tool.get("function", {}).items() if key != STRICT}}


def _names(field: str, said: str) -> bool:
    return re.search(rf"(?<![A-Za-z0-9_]){field}(?![A-Za-z0-9_])", said) is not None
