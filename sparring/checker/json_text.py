"""FC mode: calls as JSON, in the reference's two forms: a list of {name: json_string}, and Hermes/Qwen blocks."""

import ast
import json
import re
from typing import Any

from sparring.checker.errors import ParseError
from sparring.checker.python_text import MAX_CALLS, MAX_CHARS, DecodedCall

ARRAY = re.compile(r"\[\s*\{.*\]", re.DOTALL)
XML_CALL = re.compile(r"<function name=\"([^\"]*)\">(.*?)</function>", re.DOTALL)
XML_ARGUMENT = re.compile(r"<param name=\"([^\"]*)\" type=\"([^\"]*)\">(.*?)</param>", re.DOTALL)
XML_TYPES: dict[str, Any] = {
    "string": str,
    "integer": int,
    "float": float,
    "boolean": lambda text: {"true": True, "false": False}[text.strip().lower()],
    "array": json.loads,
    "dict": json.loads,
}
OPENING, CLOSING = "<tool_call>\n", "\n</tool_call>"


def decode_fc(output: Any) -> list[DecodedCall]:
    """Calls of a list of {name: arguments}, the arguments as JSON text or as an object.

    Raises:
        ParseError: The output is no such list, or a JSON text cannot be read.
    """
    if output == "":
        return []
    if not isinstance(output, list):
        raise ParseError("function-calling output is no list of calls")
    if len(output) > MAX_CALLS:
        raise ParseError(f"more than {MAX_CALLS} calls")
    calls: list[DecodedCall] = []
    for entry in output:
        if not isinstance(entry, dict) or len(entry) != 1:
            raise ParseError("a call is no object with one name")
        name, given = next(iter(entry.items()))
        arguments = load_json(given) if isinstance(given, str) else given
        if not isinstance(arguments, dict):
            raise ParseError("arguments are no object", "ast_decoder:decoder_wrong_output_format")
        calls.append((name, arguments))
    return calls


def decode_qwen(text: str) -> list[DecodedCall]:
    """Calls of the `<tool_call>` blocks in a text; a block that cannot be read is skipped."""
    if len(text) > MAX_CHARS:
        raise ParseError(f"the text has {len(text)} characters, at most {MAX_CHARS} are read")
    calls: list[DecodedCall] = []
    for block in _blocks(text)[:MAX_CALLS]:
        try:
            call = load_json(block)
        except ParseError:
            continue
        if isinstance(call, dict) and "name" in call and "arguments" in call:
            arguments = call["arguments"]
            if not isinstance(arguments, dict):
                raise ParseError("arguments are no object")
            calls.append((call["name"], arguments))
    return calls


def decode_tool_calls(text: str) -> list[DecodedCall]:
    """Calls of `<tool_call>` blocks as models write them: Python's quotes, lists, `parameters`, arguments as text."""
    if len(text) > MAX_CHARS:
        raise ParseError(f"the text has {len(text)} characters, at most {MAX_CHARS} are read")
    calls: list[DecodedCall] = []
    for part in text.split("<tool_call>")[1 : MAX_CALLS + 1]:
        block = part.partition("</tool_call>")[0].strip()
        try:
            call = load_json(block)
        except ParseError:
            try:
                call = ast.literal_eval(block)
            except (ValueError, SyntaxError, MemoryError, RecursionError):
                raise ParseError("a block is no object") from None
        calls += map(_call_in_block, call if isinstance(call, list) else [call])
    return calls


def _call_in_block(call: Any) -> DecodedCall:
    given = call.get("arguments", call.get("parameters")) if isinstance(call, dict) else None
    arguments = load_json(given) if isinstance(given, str) else given
    if not isinstance(arguments, dict) or "name" not in call:
        raise ParseError("a block is no call")
    return str(call["name"]), arguments


def _blocks(text: str) -> list[str]:
    """What stands between opening and closing marks; one look at each character, however many marks stay open."""
    found = []
    place = text.find(OPENING)
    while place >= 0:
        end = text.find(CLOSING, place + len(OPENING))
        if end < 0:
            break
        found.append(text[place + len(OPENING) : end])
        place = text.find(OPENING, end + len(CLOSING))
    return found


def load_json(text: str) -> Any:
    """A JSON text's value.

    Raises:
        ParseError: It is no JSON, or nests too deeply.
    """
    if len(text) > MAX_CHARS:
        raise ParseError(f"the text has {len(text)} characters, at most {MAX_CHARS} are read")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParseError(f"not JSON: {error}") from None


def decode_json_calls(text: str) -> list[DecodedCall]:
    """Calls of `[{"function": name, "parameters": {...}}]` (prompting that asks for JSON); none where there is no list.

    Raises:
        ParseError: The text is too long, or an entry is no call.
    """
    text = text.strip("`\n ").removeprefix("json")
    found = ARRAY.search(text if text.rstrip().endswith("]") else f"{text}]")
    if found is None:
        return []
    calls: list[DecodedCall] = []
    for entry in load_json(found.group()):
        if not isinstance(entry, dict) or not isinstance(entry.get("parameters"), dict) or "function" not in entry:
            raise ParseError("an entry is no call")
        calls.append((str(entry["function"]), entry["parameters"]))
    return calls


def decode_xml_calls(text: str) -> list[DecodedCall]:
    """Calls of `<function name="f"><param name="x" type="integer">5</param></function>` elements.

    Raises:
        ParseError: The text is too long, or a value is not of its type.
    """
    if len(text) > MAX_CHARS:
        raise ParseError(f"the text has {len(text)} characters, at most {MAX_CHARS} are read")
    calls: list[DecodedCall] = []
    for name, inside in XML_CALL.findall(text)[:MAX_CALLS]:
        try:
            calls.append((name, {key: XML_TYPES[kind](value) for key, kind, value in XML_ARGUMENT.findall(inside)}))
        except (KeyError, ValueError) as error:
            raise ParseError(f"a value is not of its type: {error}") from None
    return calls
