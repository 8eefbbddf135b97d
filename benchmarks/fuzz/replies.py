"""An endpoint on loopback that answers with odd HTTP and odd JSON: a deadline holds, and a row is answered or named."""

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.fuzz.answers import ANSWERS, SEED
from benchmarks.fuzz.boundary import Boundary, TooLateError, cases
from benchmarks.fuzz.mutation import ODD_CHARACTERS, mutated_json, odd_bytes
from sparring.checker import check
from sparring.dialects import DIALECTS
from sparring.errors import InputError, UnreachableError
from sparring.targets.endpoint import EndpointParams, EndpointTarget
from sparring.targets.journal import open_journal
from sparring.targets.replies import Replies

TIMEOUT_S = 0.5
LATEST_S, TRIES = 5.0, 3
ERRORS = (InputError, UnreachableError)
DRIPPED = b"drip "
PAUSE_S = 0.01
STATUSES = (b"200 OK",) * 8 + (
    b"400 Bad",
    b"401 No",
    b"404 No",
    b"408 ",
    b"429 Busy",
    b"500 Broken",
    b"302 Away",
    b"100 Go on",
    b"999 x",
)
ODD_HEADERS = (
    b"Retry-After: nan", b"Retry-After: -1", b"Retry-After: 9e99", b"Retry-After: Wed, 99 Oct 9999 07:28:00 GMT", b"Content-Encoding: gzip",
    b"Content-Encoding: gzip, gzip", b"Content-Encoding: br", b"Content-Encoding: deflate", b"Transfer-Encoding: chunked", b"Content-Length: -1",
    b"Content-Length: 999999999999", b"Content-Length: x", b"Content-Type: text/html; charset=utf-16", b"Location: /v1/chat/completions",
    b"Set-Cookie: a=b; Domain=..", b"X-\xff: \xfe", b"Connection: close", b"Connection: upgrade", b"X: " + b"a" * 100_000, b": x", b"no colon",
)  # fmt: skip


class ReplyServer:
    """Sends the same bytes to everybody who asks, drop by drop where it is told to."""

    def __init__(self) -> None:
        self.reply = b""
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            try:
                connection.settimeout(2 * TIMEOUT_S)
                connection.recv(65_536)
                if not self.reply.startswith(DRIPPED):
                    connection.sendall(self.reply)
                    return
                for place in range(len(DRIPPED), len(self.reply)):
                    connection.sendall(self.reply[place : place + 1])
                    time.sleep(PAUSE_S)
            except OSError:
                pass


def replies() -> Boundary:
    """A chat API's replies."""
    known = [case["reply"] for case in cases("endpoint")]
    known += [
        {"choices": [{"message": {"role": "assistant", "content": text}}], "usage": {"total_tokens": 9}}
        for text in ANSWERS[::5]
    ]
    wanted = '{"city": "Paris", "days": 3}'
    called: dict[str, Any] = {"function": {"name": "get_weather", "arguments": wanted}}
    known += [{"choices": [{"message": {"content": None, "tool_calls": [called]}, "finish_reason": "tool_calls"}]}]
    server: list[ReplyServer] = []

    def read(content: bytes, folder: Path) -> None:
        if not server:
            server.append(ReplyServer())
        server[0].reply = content
        journal = folder / "journal.jsonl"
        dialect = DIALECTS[list(DIALECTS)[len(content) % len(DIALECTS)]]
        target = EndpointTarget(_params(server[0].url), dialect, 64, journal)
        found = _in_time(lambda: target.ask([SEED], 1, 0.0, 0), journal)
        with open_journal(journal) as kept:
            texts = list(kept.texts.values())
        for (text,) in found.texts:
            assert texts == ([] if text is None else [text]), "the journal holds another answer"
            check(SEED, text or "", parse=dialect.parse)

    return Boundary(lambda rng: _reply(rng, known), read, ERRORS)


def _in_time(ask: Callable[[], Replies], journal: Path) -> Replies:
    """What is answered in time; a busy machine may be late, but not each time."""
    for _ in range(TRIES):
        journal.unlink(missing_ok=True)
        begin = time.monotonic()
        found = ask()
        if (late := time.monotonic() - begin) < LATEST_S:
            return found
    raise TooLateError(f"{late:.1f} s, the deadline was {TIMEOUT_S} s")


def _params(url: str) -> EndpointParams:
    return EndpointParams(
        base_url=url, model="m", key_variable=None, concurrency=1, timeout_s=TIMEOUT_S, max_attempts=1, max_requests=None, max_tokens=None
    )  # fmt: skip


def _reply(rng: Random, known: Sequence[Any]) -> bytes:
    """A whole reply of HTTP: an odd body, headers that fit it or do not, and bytes flipped in all of it."""
    body = mutated_json(rng, rng.choice(known), known).encode("utf-8", "surrogatepass")
    if rng.random() < 0.2:
        body = odd_bytes(rng, body)
    headers = [b"Content-Type: application/json"]
    match rng.randrange(12):
        case 0:
            body, more = gzip.compress(body, mtime=0), b"Content-Encoding: gzip"
        case 1:
            body, more = zlib.compress(body), b"Content-Encoding: deflate"
        case 2:
            body, more = _bomb(rng), b"Content-Encoding: gzip"
        case 3:
            size = rng.randint(1, 200)
            parts = [body[place : place + size] for place in range(0, min(len(body), 100 * size), size)]
            body = (
                b"".join(b"%x%s\r\n%s\r\n" % (len(part), rng.choice((b"", b";a=b")), part) for part in parts)
                + b"0\r\n\r\n"
            )
            more = b"Transfer-Encoding: chunked"
        case _:
            more = b"X-Plain: yes"
    headers.append(more)
    if not more.startswith(b"Transfer"):
        headers.append(b"Content-Length: %d" % (len(body) + rng.choice((0, 0, 0, 0, 0, -1, 5))))
    if rng.random() < 0.3:
        headers.insert(rng.randrange(len(headers) + 1), rng.choice(ODD_HEADERS))
    if rng.random() < 0.05:
        headers += [
            b"X-%d: %s" % (number, rng.choice(ODD_CHARACTERS).encode("utf-8", "replace"))
            for number in range(rng.choice((5, 300)))
        ]
    whole = b"HTTP/1.1 " + rng.choice(STATUSES) + b"\r\n" + b"\r\n".join(headers) + b"\r\n\r\n" + body
    if rng.random() < 0.1:
        whole = odd_bytes(rng, whole)
    return DRIPPED + whole if rng.random() < 0.01 else whole


def _bomb(rng: Random) -> bytes:
    """Much in little, once or twice."""
    packed = zlib.compressobj(9, wbits=31)
    body = b"".join(packed.compress(b" " * 1_000_000) for _ in range(rng.choice((5, 12, 200)))) + packed.flush()
    return gzip.compress(body, mtime=0) if rng.random() < 0.5 else body


def served_models() -> Boundary:
    """The list of models of a served vLLM, and what `doctor` asks."""
    known = [{"object": "list", "data": [{"id": "m", "object": "model"}]}, {"data": []}]
    server: list[ReplyServer] = []

    def read(content: bytes, folder: Path) -> None:
        from sparring.targets.exchange import bounded_client
        from sparring.targets.vllm import _Server, _serves

        if not server:
            server.append(ReplyServer())
        server[0].reply = content
        with bounded_client({}) as client:
            _serves(_Server(client, server[0].url, TIMEOUT_S), "m")

    return Boundary(lambda rng: _reply(rng, known), read, ERRORS)
