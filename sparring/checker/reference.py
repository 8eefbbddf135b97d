"""The reference's verdict on one answer: decoding by the output's form, then matching by category (`bfcl` mode)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sparring.checker.errors import ParseError
from sparring.checker.foreign_text import decode_foreign
from sparring.checker.json_text import decode_fc, decode_json_calls, decode_qwen, decode_xml_calls
from sparring.checker.python_text import DecodedCall
from sparring.checker.read_python import decode_python
from sparring.checker.reference_match import match_calls, written

TAG = re.compile(r"<TOOLCALL>(.*?)</TOOLCALL>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class OutputForm:
    """How the model was asked to write its calls.

    Attributes:
        mode: Prompting, function calling, or function calling in Qwen's blocks.
        return_format: What prompting asked for.
        tool_call_tag: Whether the calls stand between <TOOLCALL> tags.
        underscore_to_dot: Whether the model was shown names with underscores for dots.
    """

    mode: Literal["prompt", "fc", "qwen_fc"] = "prompt"
    return_format: Literal["python", "json", "verbose_xml", "concise_xml"] = "python"
    tool_call_tag: bool = False
    underscore_to_dot: bool = False


PROMPTING = OutputForm()


def decode_reference(output: Any, language: str, form: OutputForm = PROMPTING) -> list[DecodedCall]:
    """Calls of an answer as the reference reads it.

    Raises:
        ParseError: It cannot be read.
    """
    if form.mode == "fc":
        return decode_fc(output)
    text = str(output)
    if form.mode == "qwen_fc":
        return decode_qwen(text)
    if form.tool_call_tag:
        found = TAG.search(text)
        if found is None:
            raise ParseError("no <TOOLCALL> tag")
        text = found.group(1)
    if form.return_format == "json":
        return decode_json_calls(text)
    if form.return_format in {"verbose_xml", "concise_xml"}:
        return decode_xml_calls(text)
    return decode_python(text, strict=False) if language == "python" else decode_foreign(text, language)


def reference_fault(
    functions: Sequence[Mapping[str, Any]],
    gold: Sequence[Mapping[str, Mapping[str, list[Any]]]],
    output: Any,
    category: str,
    language: str,
    form: OutputForm = PROMPTING,
) -> tuple[str, str | None, str] | None:
    """(error type, argument, sentence) of the first fault, or None where the answer is right.

    Raises:
        ExampleError: The example cannot be scored; the reference crashes there.
    """
    try:
        calls = decode_reference(output, language, form)
    except ParseError as error:
        return fault_of_unread(error, category)
    return fault_of_calls(functions, gold, calls, category, language, form.underscore_to_dot)


def fault_of_unread(error: ParseError, category: str) -> tuple[str, str | None, str] | None:
    """The fault of an answer that could not be read: none where no call is wanted, whatever it looks like."""
    if "relevance" in category:
        return relevance_fault([], wanted="irrelevance" not in category)
    return error.error_type, None, str(error)


def fault_of_calls(
    functions: Sequence[Mapping[str, Any]],
    gold: Sequence[Mapping[str, Mapping[str, list[Any]]]],
    calls: Sequence[DecodedCall],
    category: str,
    language: str,
    underscore_to_dot: bool,
) -> tuple[str, str | None, str] | None:
    """The fault of calls that were read, or None.

    Raises:
        ExampleError: The example cannot be scored; the reference crashes there.
    """
    if "relevance" in category:
        return relevance_fault(calls, wanted="irrelevance" not in category)
    return match_calls(functions, gold, calls, category, underscore_to_dot, language)


def relevance_fault(calls: Sequence[DecodedCall], wanted: bool) -> tuple[str, str | None, str] | None:
    """Whether a call is there where one is wanted, and none where none is; what it says is not looked at."""
    if bool(calls) == wanted:
        return None
    if wanted:
        return "relevance_error:decoder_failed", None, "expected a call, got none"
    return "irrelevance_error:decoder_success", None, written(f"no call is right, got {calls[0][0]}")
