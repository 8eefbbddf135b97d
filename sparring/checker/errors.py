"""What can go wrong before a verdict: a text that is no list of calls, and an example that cannot be scored."""


def keepable(text: str) -> str:
    """A text for a verdict: half a surrogate pair of a model's JSON, which no file keeps, becomes a question mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


class ParseError(ValueError):
    """A text cannot be read as calls.

    Attributes:
        error_type: The reference's name of the error.
    """

    def __init__(self, reason: str, error_type: str = "ast_decoder:decoder_failed") -> None:
        super().__init__(keepable(reason))
        self.error_type = error_type


class ExampleError(ValueError):
    """The example itself is at fault: unknown type, items missing, gold not in the tools. Never a lost point."""
