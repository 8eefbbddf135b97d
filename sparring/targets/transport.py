"""One chat completion over HTTP, asked for until it comes whole: what may pass is retried, what will not is named.

A failure here is never an answer. The one surprise: what a server says of the tokens is counted where it can be true,
and never decides whether its answer counts.
"""

import email.utils
import json
import math
import random
import threading
import time
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import ValidationError

from sparring.errors import InputError
from sparring.storage import first_fault
from sparring.targets.body_fields import longest_answer
from sparring.targets.budget import CHARACTERS_A_TOKEN, Budget, StoppedError
from sparring.targets.exchange import AbandonedError, Answer, ExchangeError, exchange, without_key
from sparring.targets.reply import Completion, Reply, reply_of

RETRIED = frozenset({408, 409, 425, 429})
MISCONFIGURED = frozenset({401, 402, 403, 404, 405})
FIRST_WAIT_S = 0.5
MAX_WAIT_S = 30.0
MAX_RETRY_AFTER_S = 300.0
MAX_SHOWN = 400


@dataclass
class Spent:
    """What one row cost so far, retries counted."""

    requests: int = 0
    tokens: int = 0


class RowFailedError(Exception):
    """One row stays without an answer; the message is the reason."""


class RefusedError(RowFailedError):
    """The server will never take this request as it is; the message is what it said."""


class _PassingError(Exception):
    """This attempt failed, the next may not.

    Attributes:
        wait_s: What the server asked to wait.
        free: Whether the server refused before doing work.
    """

    def __init__(self, reason: str, wait_s: float = 0.0, free: bool = False) -> None:
        super().__init__(reason)
        self.wait_s = wait_s
        self.free = free


class Pace:
    """When the next request may go out: a server that asks for patience is heard by every thread."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self._not_before = 0.0
        self._lock = threading.Lock()

    def hold(self, seconds: float) -> None:
        """Lets nobody send for a while."""
        with self._lock:
            self._not_before = max(self._not_before, time.monotonic() + seconds)

    def wait(self, seconds: float) -> None:
        """Waits the given time, and as long as sending is held. Raises StoppedError when the run ends meanwhile."""
        own = time.monotonic() + seconds
        while (left := max(own, self._not_before) - time.monotonic()) > 0:
            if self.stop.wait(left):
                break
        if self.stop.is_set():
            raise StoppedError


class Transport:
    """Sends chat requests to one endpoint; shared by all threads.

    Args:
        client: Connections of `bounded_client`, with the key's header.
        url: The endpoint's address up to and with `/chat/completions`.
        timeout_s: Longest wait for one whole answer.
        max_attempts: Requests a row, the first counted.
        budget: What all rows together may cost.
    """

    def __init__(self, client: httpx.Client, url: str, timeout_s: float, max_attempts: int, budget: Budget) -> None:
        self.pace = Pace()
        self._over = threading.Event()
        self._client = client
        self._url = url
        self._timeout_s = timeout_s
        self._max_attempts = max_attempts
        self._budget = budget

    def abandon(self) -> None:
        """Ends what is under way, too: nobody waits for it any longer."""
        self.pace.stop.set()
        self._over.set()

    def ask(self, body: dict[str, Any], spent: Spent) -> Reply:
        """The answer to a request; what it costs is added to `spent`, whatever comes of it.

        Raises:
            RefusedError: The server will never take this request.
            RowFailedError: The attempts are used up, or the answer was withheld.
            BudgetSpentError: The next attempt does not fit the budget.
            StoppedError: The run is ending.
            InputError: The address, the key or the model is wrong: no row can be answered.
        """
        content = json.dumps(body).encode()
        wait_s = 0.0
        for attempt in range(1, self._max_attempts + 1):
            self.pace.wait(wait_s)
            try:
                return self._attempt(content, len(content) // CHARACTERS_A_TOKEN + longest_answer(body), spent)
            except _PassingError as error:
                if attempt == self._max_attempts:
                    raise RowFailedError(f"{error} ({attempt} attempts)") from None
                if error.wait_s > MAX_RETRY_AFTER_S:
                    raise RowFailedError(f"{error}; the server asks to wait {error.wait_s:.0f} s") from None
                self.pace.hold(error.wait_s)
                wait_s = min(MAX_WAIT_S, FIRST_WAIT_S * 2 ** (attempt - 1)) * random.uniform(0.5, 1.0)
        raise AssertionError("max_attempts is below 1")

    def _attempt(self, content: bytes, feared: int, spent: Spent) -> Reply:
        self._budget.reserve(feared, self.pace.stop)
        used = feared
        try:
            answer = self._send(content)
            if answer.status != httpx.codes.OK:
                used = 0
                raise _failure(answer.status, answer.headers, self._masked(answer.shown))
            completion = _completion(answer.body)
            used = _tokens(completion.usage, feared)
        finally:
            self._budget.settle(feared, used)
            spent.requests += 1
            spent.tokens += used
        choice = completion.choices[0]
        if choice.finish_reason == "content_filter":
            raise RowFailedError("the provider's content filter withheld the answer")
        return reply_of(completion)

    def _send(self, content: bytes) -> Answer:
        try:
            return exchange(self._client, "POST", self._url, self._timeout_s, content, self._over)
        except AbandonedError:
            raise StoppedError from None
        except ExchangeError as error:
            raise _PassingError(self._masked(str(error))) from None

    def _masked(self, text: str) -> str:
        """The start of what a server or a library said, without the key should it be repeated there."""
        return without_key(self._client, text)[:MAX_SHOWN]


def _failure(status: int, headers: httpx.Headers, shown: str) -> Exception:
    """What a status other than 200 means."""
    if status in RETRIED or status >= 500:
        return _PassingError(f"HTTP {status}", retry_after(headers.get("Retry-After")), free=True)
    if status in MISCONFIGURED or status < 400:
        return InputError(f"the endpoint answers HTTP {status}, check its address, model and key: {shown}")
    return RefusedError(f"HTTP {status}: {shown}")


def _tokens(usage: Any, feared: int) -> int:
    """What a server says that a request took; what was reserved, where it says nothing that can be true."""
    told = usage.get("total_tokens") if isinstance(usage, dict) else None
    if isinstance(told, bool) or not isinstance(told, int | float) or not 0 <= told < math.inf:
        return feared
    return math.ceil(told)


def retry_after(header: str | None) -> float:
    """Seconds that a Retry-After header asks for, given as seconds or as a date; 0 where it says nothing readable."""
    if header is None:
        return 0.0
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(header).timestamp() - time.time()
        except (ValueError, OverflowError):
            return 0.0
    return max(0.0, seconds) if seconds == seconds else 0.0  # noqa: PLR0124  a NaN asks for nothing


def _completion(received: bytes) -> Completion:
    try:
        completion = Completion.model_validate_json(received)
    except ValidationError as error:
        raise _PassingError(f"no chat completion: {first_fault(error)}"[:MAX_SHOWN]) from None
    if not completion.choices:
        raise _PassingError("no chat completion: choices is empty")
    return completion
