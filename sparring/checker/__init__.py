"""The correctness check: text to calls, calls to a verdict. Pure; nothing that a model wrote is ever executed.

`strict` is the training default; `bfcl` gives the reference's verdict and error type.
"""

from sparring.checker.check import Mode, Parse, check, check_batch, check_calls
from sparring.checker.errors import ExampleError, ParseError
from sparring.checker.read_python import decode_python, read_answer

__all__ = [
    "ExampleError",
    "Mode",
    "Parse",
    "ParseError",
    "check",
    "check_batch",
    "check_calls",
    "decode_python",
    "read_answer",
]
