"""A judge that calls the first answer right, in both orders: it is undecided, and every lost trial stands.

    python -m benchmarks.faults.undecided_judge PORT

It has a process of its own, so that it can die: connections are refused then.
"""

import sys

from tests.chat_server import ChatServer


def main() -> None:
    """Command line."""
    ChatServer(
        lambda question, number, attempt: None, lambda question, body: {"content": "FIRST"}, int(sys.argv[1])
    ).serve_forever()


if __name__ == "__main__":
    main()
