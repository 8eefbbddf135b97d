"""A server on a bare socket that answers as it should not: each trick gets the connection once a request has come."""

import gzip
import socket
import threading
import time
import zlib

GIVE_UP_S = 40
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def dripped(connection, start, piece, pause_s=0.2):
    """Sends a start at once, then one piece after the other."""
    connection.sendall(start)
    end = time.monotonic() + GIVE_UP_S
    while time.monotonic() < end:
        time.sleep(pause_s)
        connection.sendall(piece)


def header_lines(connection):
    dripped(connection, b"HTTP/1.1 200 OK\r\n", b"X-More: yes\r\n")


def letters_of_one_header(connection):
    dripped(connection, b"HTTP/1.1 200 OK\r\nX-More: ", b"a")


def continues(connection):
    dripped(connection, b"", b"HTTP/1.1 100 Continue\r\n\r\n")


def continues_at_full_speed(connection):
    dripped(connection, b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000, 0)


def gzip_header(connection):
    dripped(
        connection,
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 100000\r\n\r\n\x1f\x8b\x08\x08\0\0\0\0\0\xff",
        b"a",
    )


def chunk_extension(connection):
    dripped(connection, HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;", b"a")


def chunk_extension_at_full_speed(connection):
    dripped(connection, HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;", b"a" * 65_536, 0)


def trailers(connection):
    dripped(connection, HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", b"X-More: yes\r\n")


def body_without_end(connection):
    dripped(connection, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b" " * 65_536 + b"\r\n", 0)


def body_letter_by_letter(connection):
    dripped(connection, HEAD + b"Content-Length: 100000\r\n\r\n", b" ")


def nothing_at_all(connection):
    time.sleep(GIVE_UP_S)


def not_http(connection):
    dripped(connection, b"SSH-2.0-OpenSSH\r\n", b"\0")


def zipped(body, encoding, connection):
    lines = b"Content-Encoding: " + encoding + b"\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n"
    connection.sendall(HEAD + lines + body)


def blanks(num_megabytes):
    """Blanks, zipped without ever holding them all."""
    packed = zlib.compressobj(1, wbits=31)
    return b"".join(packed.compress(b" " * 1_000_000) for _ in range(num_megabytes)) + packed.flush()


def a_small_body_that_unzips_to_much_more(connection):
    zipped(blanks(200), b"gzip", connection)


def a_body_zipped_twice(connection):
    zipped(gzip.compress(blanks(200)), b"gzip, gzip", connection)


def a_body_of_an_encoding_not_asked_for(connection):
    zipped(b"\x1b\xff\xff\xff", b"br", connection)


def a_zipped_body_that_is_none(connection):
    zipped(b"{}", b"gzip", connection)


SLOW = [
    header_lines,
    letters_of_one_header,
    continues,
    continues_at_full_speed,
    gzip_header,
    chunk_extension,
    trailers,
    body_letter_by_letter,
    nothing_at_all,
]
LARGE = [chunk_extension_at_full_speed, body_without_end, a_small_body_that_unzips_to_much_more]
WRONG = [not_http, a_body_zipped_twice, a_body_of_an_encoding_not_asked_for, a_zipped_body_that_is_none]


class HostileServer:
    """Plays one trick on everybody who asks; `url` is its address up to the version."""

    def __init__(self, trick):
        self._trick = trick
        self.asked = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self):
        self._socket.close()

    def _listen(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._play, args=(connection,), daemon=True).start()

    def _play(self, connection):
        with connection:
            try:
                connection.recv(65_536)
                self.asked.set()
                self._trick(connection)
            except OSError:
                pass
