from typing import Literal

from sparring.checker.python_text import DecodedCall

def read(text: str, strict: bool) -> list[DecodedCall] | Literal[False] | None: ...
