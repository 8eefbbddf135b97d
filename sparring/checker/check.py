"""One answer, one verdict: decode, dispatch by category, match. Faults of the example are data of their own.

Gold is compiled once an example, and a text that was judged before is not judged again: an RL loop repeats both.
"""

import gc
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Literal

from sparring.checker.bounds import bounded
from sparring.checker.call_signs import MAX_SHOWN, naming, prose
from sparring.checker.errors import ExampleError, ParseError, keepable
from sparring.checker.python_text import DecodedCall
from sparring.checker.read_python import decode_python, read_answer
from sparring.checker.reference import decode_reference, relevance_fault
from sparring.checker.reference_match import match_calls
from sparring.checker.strict_match import CORRECT, CompiledCall, compile_gold, match
from sparring.checker.thoughts import read_behind_thoughts
from sparring.records import Call, Example, Failure, Verdict

Mode = Literal["bfcl", "strict"]
Parse = Callable[[str], list[DecodedCall]]
MAX_EXAMPLES = 4_096
MAX_TEXTS = 1_024
CALL_LIKE = re.compile(
    r"(?<![\w.])[\d.]{0,9}[A-Za-z_][\w.]{0,99}\s{0,9}\(|<tool_call|\"(?:name|arguments|parameters)\"\s*:", re.IGNORECASE
)
PROSE = re.compile(r"\s*[A-Za-z']+[,.!:]?\s+[A-Za-z']+")
FAILURES = {
    "wrong_count": Failure.WRONG_COUNT,
    "wrong_func_name": Failure.WRONG_FUNCTION,
    "missing_required": Failure.MISSING_ARGUMENT,
    "missing_optional": Failure.MISSING_ARGUMENT,
    "unexpected_param": Failure.UNEXPECTED_ARGUMENT,
    "cannot_find_match": Failure.WRONG_VALUE,
}


@dataclass
class _Scored:
    """An example with what was computed for it; holding the example keeps its id() its own."""

    example: Example
    mode: Mode
    parse: Parse
    functions: list[dict[str, Any]] = field(default_factory=list)
    gold: list[dict[str, Any]] = field(default_factory=list)
    compiled: list[CompiledCall] = field(default_factory=list)
    fault: str | None = None
    verdicts: dict[str, Verdict] = field(default_factory=dict)

    @cached_property
    def naming(self) -> re.Pattern[str]:
        """What finds calls of the example's tools in prose."""
        return naming(tool.name for tool in self.example.tools)


_known: OrderedDict[tuple[int, Mode, Parse | None], _Scored] = OrderedDict()


def check(example: Example, text: str, mode: Mode = "strict", parse: Parse | None = None) -> Verdict:
    """The verdict on what a model wrote.

    Args:
        example: The seed with its gold.
        text: What the model wrote.
        mode: "strict", or "bfcl" for the reference's verdict and error type.
        parse: Reads the text into calls, raising ParseError; by default the prompting form of the example's language.
    """
    scored = _scored(example, mode, parse)
    verdict = scored.verdicts.get(text)
    return _remembered(scored, text) if verdict is None else verdict


def check_batch(
    pairs: Sequence[tuple[Example, str]], mode: Mode = "strict", parse: Parse | None = None
) -> list[Verdict]:
    """Verdicts on many answers, in the order given."""
    found: list[Verdict] = []
    scored: _Scored | None = None
    with _no_collection():
        for example, text in pairs:
            if scored is None or example is not scored.example:
                scored = _scored(example, mode, parse)
                known = scored.verdicts
            verdict = known.get(text)
            found.append(_remembered(scored, text) if verdict is None else verdict)
    return found


@contextmanager
def _no_collection() -> Iterator[None]:
    """Pauses the garbage collector: a check makes no cycles, and each search for some goes through all examples."""
    paused = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


def check_calls(example: Example, calls: Sequence[Call], mode: Mode = "strict") -> Verdict:
    """The verdict on calls that a dialect has read already."""
    return _judge_calls(_scored(example, mode, None), [(call.name, call.arguments) for call in calls])


def _scored(example: Example, mode: Mode, parse: Parse | None) -> _Scored:
    key = id(example), mode, parse
    found = _known.get(key)
    if found is not None:
        return found
    strict = mode == "strict" and example.language == "python"
    scored = _Scored(example, mode, parse or _reader(mode, example.language))
    try:
        if strict:
            scored.compiled = compile_gold(example)
        else:
            scored.functions = [{"name": tool.name, "parameters": tool.parameters} for tool in example.tools]
            scored.gold = [{call.name: call.arguments} for call in example.gold]
    except ExampleError as error:
        scored.fault = f"example {example.id}: {error}"
    _known[key] = scored
    if len(_known) > MAX_EXAMPLES:
        _known.popitem(last=False)
    return scored


def _reader(mode: Mode, language: str) -> Parse:
    if language != "python":
        return partial(decode_reference if mode == "bfcl" else _foreign_or_prose, language=language)
    return read_answer if mode == "strict" else partial(decode_python, strict=False)


def _foreign_or_prose(text: str, language: str) -> list[DecodedCall]:
    try:
        return bounded(decode_reference(text, language))
    except ParseError as error:
        with suppress(ParseError):
            return prose(text)
        raise error from None


def _remembered(scored: _Scored, text: str) -> Verdict:
    verdict = _judge_text(scored, text)
    if len(scored.verdicts) < MAX_TEXTS:
        scored.verdicts[text] = verdict
    return verdict


def _judge_text(scored: _Scored, text: str) -> Verdict:
    example = scored.example
    if scored.fault is not None:
        return Verdict(correct=False, example_error=scored.fault)
    try:
        calls = scored.parse(text)
        if not calls and scored.mode == "strict":
            read_behind_thoughts(text, partial(_without_calls, scored.naming))
    except ParseError as error:
        return _unparsed(scored, text, error)
    if "relevance" in example.category:
        return _relevance(example, calls)
    return _judge_calls(scored, calls)


def _without_calls(naming: re.Pattern[str], text: str) -> list[DecodedCall]:
    """No calls, for a text that calls none of the tools in words of its own. Raises ParseError where it does."""
    found = naming.search(text)
    if found is not None:
        raise ParseError(f"a call in a form that is not read here: {found.group().strip()[:MAX_SHOWN]!r}")
    return []


def _unparsed(scored: _Scored, text: str, error: ParseError) -> Verdict:
    """In `strict` a failed parse is never an abstention: parsers give no calls for prose, and refuse nothing else."""
    example = scored.example
    if example.wants_no_call and scored.mode == "bfcl":
        return CORRECT
    if example.category.endswith("relevance") and not example.wants_no_call:
        return Verdict(False, Failure.NO_CALL, "relevance_error:decoder_failed", "expected a call, got none")
    reason = "prose around a call" if _has_prose(text) else str(error)
    return Verdict(False, Failure.UNPARSEABLE, error.error_type, reason)


def _has_prose(text: str) -> bool:
    return bool(PROSE.match(text)) and bool(CALL_LIKE.search(text))


def _relevance(example: Example, calls: list[DecodedCall]) -> Verdict:
    fault = relevance_fault(calls, wanted=not example.wants_no_call)
    if fault is None:
        return CORRECT
    failure = Failure.UNWANTED_CALL if calls else Failure.NO_CALL
    return Verdict(False, failure, fault[0], fault[2], 0 if calls else None)


def _judge_calls(scored: _Scored, calls: list[DecodedCall]) -> Verdict:
    example = scored.example
    if scored.fault is not None:
        return Verdict(correct=False, example_error=scored.fault)
    if "relevance" in example.category:
        return _relevance(example, calls)
    if scored.mode == "strict" and example.language == "python":
        return match(scored.compiled, calls, example.category)
    try:
        fault = match_calls(scored.functions, scored.gold, calls, example.category, language=example.language)
    except ExampleError as error:
        return Verdict(correct=False, example_error=f"example {example.id}: {error}")
    if fault is None:
        return CORRECT
    error_type, argument, detail = fault
    failure = failure_of(error_type, len(calls))
    return Verdict(False, failure, error_type, keepable(detail), argument=argument and keepable(argument))


def failure_of(error_type: str, num_calls: int) -> Failure:
    """The project's name for the reference's error."""
    family, kind = error_type.split(":")
    if kind == "wrong_count" and num_calls == 0:
        return Failure.NO_CALL
    if kind in FAILURES:
        return FAILURES[kind]
    return Failure.WRONG_TYPE if family == "type_error" else Failure.WRONG_VALUE
