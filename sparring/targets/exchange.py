"""One HTTP request and its whole answer, within a time and a size, whatever the server does.

httpx bounds each wait for bytes, and so bounds nothing where a server drips them: header lines, `100 Continue` without
end, an extension of a chunk that never closes. Here every read and write of the socket gets what is left of one
deadline, and looks up now and then whether the run is over. Bodies are unzipped here, once, up to the same size.
"""

import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import httpcore
import httpx

from sparring.secrets_in_text import MASK, masked

MAX_BODY = 10_000_000
LOOK_EVERY_S = 0.5
PIECE = 4096  # bytes written at a time: each write has a timeout of its own
UNZIPPED = frozenset({"", "identity"})
ZIPPED = frozenset({"gzip", "x-gzip", "deflate"})


@dataclass(frozen=True)
class Answer:
    """Status, headers and the whole body, unzipped."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def shown(self) -> str:
        """The body on one line."""
        return " ".join(self.body.decode("utf-8", "replace").split())


class ExchangeError(Exception):
    """No whole answer came; the message is the reason, on one line."""


class AbandonedError(ExchangeError):
    """The run ended while the answer was awaited."""


@dataclass(frozen=True)
class _Bound:
    deadline: float
    over: threading.Event

    def left(self) -> float:
        """Seconds that the next wait may take."""
        if self.over.is_set():
            raise AbandonedError("the run is over")
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return min(left, LOOK_EVERY_S)


_BOUND: ContextVar[_Bound] = ContextVar("bound")


def bounded_client(headers: Mapping[str, str], connections: int = 1) -> httpx.Client:
    """A client whose connections heed the bound of the exchange that they serve; for `exchange` alone."""
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    client = httpx.Client(headers={"Accept-Encoding": "gzip", **headers}, limits=limits)
    for transport in (client._transport, *client._mounts.values()):  # where httpx offers no backend of one's own
        if isinstance(transport, httpx.HTTPTransport):
            transport._pool._network_backend = _BoundedBackend(transport._pool._network_backend)
    return client


def exchange(
    client: httpx.Client,
    method: str,
    url: str,
    timeout_s: float,
    content: bytes | None = None,
    over: threading.Event | None = None,
) -> Answer:
    """Sends one request and receives the whole answer.

    Args:
        client: One of `bounded_client`.
        method: E.g. "POST".
        url: Address.
        timeout_s: Longest time from the first byte sent to the last one received.
        content: Body of the request.
        over: Set where nobody waits for the answer any longer.

    Raises:
        ExchangeError: The server did not answer in time, not in full, too much, or not at all.
        AbandonedError: `over` was set meanwhile.
    """
    with _bounded(timeout_s, over or threading.Event()):
        try:
            with client.stream(method, url, content=content, timeout=timeout_s) as response:
                return Answer(response.status_code, response.headers, _body(response))
        except httpx.TimeoutException:
            raise ExchangeError(f"no whole answer within {timeout_s:g} s") from None
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise ExchangeError(f"{type(error).__name__}: {' '.join(str(error).split())}") from None


def without_key(client: httpx.Client, text: str) -> str:
    """What a server or a library said, without the client's key and other secrets should they be repeated there."""
    key = client.headers.get("Authorization", "").removeprefix("Bearer ")
    return masked(text.replace(key, MASK) if key else text)


@contextmanager
def _bounded(timeout_s: float, over: threading.Event) -> Iterator[None]:
    token = _BOUND.set(_Bound(time.monotonic() + timeout_s, over))
    try:
        yield
    finally:
        _BOUND.reset(token)


def _body(response: httpx.Response) -> bytes:
    named = response.headers.get("Content-Encoding", "").strip().lower()
    if named not in UNZIPPED | ZIPPED:
        raise ExchangeError(f"the body is encoded as {named[:40]!r}, which was not asked for")
    unzip = zlib.decompressobj(zlib.MAX_WBITS | 32) if named in ZIPPED else None
    received, num_raw = bytearray(), 0
    for chunk in response.iter_raw():
        num_raw += len(chunk)
        try:
            received += chunk if unzip is None else unzip.decompress(chunk, MAX_BODY + 1 - len(received))
        except zlib.error as error:
            raise ExchangeError(f"the body is not {named}: {error}") from None
        if max(len(received), num_raw) > MAX_BODY:
            raise ExchangeError(f"the body is longer than {MAX_BODY} bytes")
    if unzip is not None and num_raw and not unzip.eof:
        raise ExchangeError(f"the body ends within {named}")
    return bytes(received)


class _BoundedBackend(httpcore.NetworkBackend):
    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore.NetworkStream:
        bound = _BOUND.get()
        bound.left()
        left = bound.deadline - time.monotonic()
        return _BoundedStream(self._inner.connect_tcp(host, port, left, local_address, socket_options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _BoundedStream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        while True:
            wait_s = _BOUND.get().left()
            try:
                return self._inner.read(max_bytes, wait_s)
            except httpcore.ReadTimeout:
                continue

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), PIECE):
            bound = _BOUND.get()
            bound.left()
            self._inner.write(buffer[start : start + PIECE], bound.deadline - time.monotonic())

    def start_tls(self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None) -> Any:
        bound = _BOUND.get()
        bound.left()
        left = bound.deadline - time.monotonic()
        return _BoundedStream(self._inner.start_tls(ssl_context, server_hostname, left))

    def close(self) -> None:
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
