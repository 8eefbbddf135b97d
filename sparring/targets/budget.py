"""What an endpoint may cost: requests and tokens, reserved before a request is sent and settled after it.

A request whose cost nobody told (a hang, a cut body) is settled at what was reserved for it: the provider may have
billed it.
"""

import threading

CHARACTERS_A_TOKEN = 3
LOOK_EVERY_S = 0.1


class BudgetSpentError(Exception):
    """The next request would go beyond the budget."""


class StoppedError(Exception):
    """The run is ending: nothing new is sent."""


class Budget:
    """Counts requests and tokens of all threads.

    Args:
        max_requests: Most requests, retries counted; None for no bound.
        max_tokens: Most tokens of prompts and answers; None for no bound.
        requests: Requests already spent.
        tokens: Tokens already spent.
    """

    def __init__(self, max_requests: int | None, max_tokens: int | None, requests: int, tokens: int) -> None:
        self.max_requests = max_requests
        self.max_tokens = max_tokens
        self.requests = requests
        self.tokens = tokens
        self._reserved = 0
        self._changed = threading.Condition()

    def short_of(self, rows: int) -> str | None:
        """What is said before so many rows are asked where not even one request each is left; None where there is."""
        if self.max_requests is None or (left := max(0, self.max_requests - self.requests)) >= rows:
            return None
        return (
            f"{rows} rows are to be asked, max_requests allows {left} more requests ({self.requests} of "
            f"{self.max_requests} are spent): the rest will have no answer; what is answered stays for the next start"
        )

    def reserve(self, tokens: int, stop: threading.Event) -> None:
        """Sets the cost of one request aside; waits while requests in flight may turn out cheaper than feared.

        Raises:
            BudgetSpentError: The request does not fit.
            StoppedError: The run ended while waiting.
        """
        with self._changed:
            while self._reserved and not self._fits(self._reserved + tokens):
                if stop.is_set():
                    raise StoppedError
                self._changed.wait(LOOK_EVERY_S)
            if not self._fits(tokens) or (self.max_requests is not None and self.requests >= self.max_requests):
                raise BudgetSpentError
            self.requests += 1
            self._reserved += tokens

    def settle(self, reserved: int, used: int) -> None:
        """Replaces a reservation by what was used."""
        with self._changed:
            self._reserved -= reserved
            self.tokens += used
            self._changed.notify_all()

    def __str__(self) -> str:
        """What is spent, of what is allowed."""
        requests = "any number" if self.max_requests is None else self.max_requests
        tokens = "any number" if self.max_tokens is None else self.max_tokens
        return f"{self.requests} of {requests} requests and {self.tokens} of {tokens} tokens"

    def _fits(self, tokens: int) -> bool:
        return self.max_tokens is None or self.tokens + tokens <= self.max_tokens
