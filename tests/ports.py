"""Where a server that a test starts may listen."""

import socket


def free_port() -> int:
    """A port of loopback that nobody listens at, most probably not until the caller does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
