"""The forms in which recorded answers hold calls, and which of them a file is in.

A form is found by reading: the one that gives calls for the most answers, on rows that want a call where there are
such. The surprise is what follows from structured calls: beside them, text is text, whatever it looks like, as the
reference takes it.
"""

import ast
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sparring.checker.call_signs import prose
from sparring.checker.errors import ParseError
from sparring.checker.json_text import decode_fc
from sparring.checker.python_text import MAX_CHARS, DecodedCall
from sparring.checker.reference import decode_reference
from sparring.checker.thoughts import LONE, read_behind_thoughts
from sparring.dialects import DIALECTS
from sparring.dialects.blocks import block_calls
from sparring.dialects.json_calls import calls_of, read_calls
from sparring.errors import InputError

NEARLY_ALL = 0.98
MAX_TRIED = 400
ARGUMENTS = ("arguments", "parameters", "input", "args")
WRAPPERS = ("function", "functionCall", "function_call", "toolUse")
SAID = ("tool_calls", "parts", "output", "content", "refusal")
OF_WORDS = {"text", "thought", "thoughtSignature"}
NO_CALLS = {"text", "output_text", "thinking", "redacted_thinking", "reasoning", "message", "refusal"}
ESCAPED = re.compile(r"\\(?=[_*\[\]])")
LABEL = re.compile(r"\A\s*(?:<<function>>|Call:|Function calls?:)\s*", re.IGNORECASE)
BETWEEN_LABELS = re.compile(r";\s*(?=Call:|<<function>>|\Z)")
FENCED = re.compile(r"```(?:python|py|json)?[ \t]*\n(.*?)```", re.DOTALL)
NAME_AND_OBJECT = re.compile(r"\s*([\w.:/-]+)\s*\n\s*(\{.*\})\s*", re.DOTALL)
STRUCTURED = "structured"
PYTHONIC = "pythonic"


@dataclass(frozen=True)
class AnswerForm:
    """How a model's calls stand in its answers.

    Attributes:
        name: What `--dialect` calls it.
        words: For a person.
        read: Gives the calls of an answer to a row in a language; raises ParseError where it cannot.
    """

    name: str
    words: str
    read: Callable[[Any, str], list[DecodedCall]]


@dataclass(frozen=True)
class FoundForm:
    """The form of some answers.

    Attributes:
        form: The form.
        given: Whether the user said so.
        renamed: Whether names have underscores where the tools have dots.
        answers: How many answers were looked at: those to rows that want a call, or all.
        read: How many of them give calls.
        unread: How many show a call that cannot be read.
    """

    form: AnswerForm
    given: bool
    renamed: bool
    answers: int
    read: int
    unread: int

    def __str__(self) -> str:
        """One line."""
        how = "as asked" if self.given else "found"
        names = "underscores for dots in names" if self.renamed else "names as they are"
        unread = f", {self.unread} hold a call that cannot be read" if self.unread else ""
        counts = f"{self.read} of {self.answers} answers give calls{unread}"
        return f"{self.form.name} ({self.form.words}; {how}; {names}): {counts}"


def _structured(output: Any, language: str) -> list[DecodedCall]:
    output = _message(output)
    if isinstance(output, str):
        return decode_fc(output)
    entries = [entry for entry in _entries(output) if not _is_said(entry)]
    if all(isinstance(entry, dict) and len(entry) == 1 and not _is_of_an_api(entry) for entry in entries):
        return decode_fc(entries)
    return [call for entry in entries for call in calls_of(_openai(entry), "arguments")]


def _message(output: Any) -> Any:
    """What a model said in an API's reply: OpenAI's (both), Anthropic's, Bedrock's or Gemini's; else the output."""
    for key in ("choices", "candidates"):
        if isinstance(output, dict) and isinstance(output.get(key), list) and output[key]:
            output = output[key][0]
    for key in ("output", "message"):
        if isinstance(output, dict) and isinstance(output.get(key), dict) and {"role", "message"} & output[key].keys():
            output = output[key]
    if not isinstance(output, dict) or "name" in output:
        return output
    if isinstance(output.get("content"), dict) and "parts" in output["content"]:
        output = output["content"]
    if not any(key in output for key in ("role", "parts", "tool_calls", "object")):
        return output
    said = [output[key] for key in SAID if output.get(key)]
    if not said and not any(isinstance(value, dict | list) and value for value in output.values()):
        return []  # a message that says nothing
    return next((part for part in said if isinstance(part, list | str)), output)


def _entries(output: Any) -> list[Any]:
    """The single calls of a message, a list of calls or one call."""
    return output if isinstance(output, list) else [output]


def _is_said(entry: Any) -> bool:
    """Whether a part of a message is words or thoughts."""
    if not isinstance(entry, dict):
        return False
    kind, words = entry.get("type"), isinstance(entry.get("text"), str) and entry.keys() <= OF_WORDS
    return (isinstance(kind, str) and kind in NO_CALLS) or words


def _is_of_an_api(entry: dict[str, Any]) -> bool:
    """Whether a mapping of one key wraps a call, `{"functionCall": {"name": ...}}`, rather than naming one."""
    return any(key in entry and isinstance(entry[key], dict) and "name" in entry[key] for key in WRAPPERS)


def _openai(entry: Any) -> Any:
    """A call of another API (Anthropic's, Gemini's) as OpenAI writes it."""
    if not isinstance(entry, dict):
        return entry
    inner = next((entry[key] for key in WRAPPERS if isinstance(entry.get(key), dict)), entry)
    arguments: Any = next((inner[key] for key in ARGUMENTS if key in inner), {})
    return {"name": inner.get("name"), "arguments": arguments}


def _text(read: Callable[[str, str], list[DecodedCall]]) -> Callable[[Any, str], list[DecodedCall]]:
    def of_text(output: Any, language: str) -> list[DecodedCall]:
        if not isinstance(output, str):
            raise ParseError("no text")
        return read(output, language)

    return of_text


def _mended_python(text: str, language: str) -> list[DecodedCall]:
    """Python as chat models wrap it: a label or words before it, Markdown's escapes and fences, semicolons between."""
    fenced = FENCED.search(text)
    listed = LABEL.sub("", ESCAPED.sub("", fenced.group(1) if fenced else text)).strip()
    parts = [LABEL.sub("", part) for part in BETWEEN_LABELS.split(listed) if part.strip()]
    return decode_reference(", ".join(parts), language)


def _keyed(text: str, language: str) -> list[DecodedCall]:
    """`[{"name": {"argument": 1}}]`: BFCL's own structured form as text."""
    text = text.strip()
    if not text.startswith(("[", "{")) or len(text) > MAX_CHARS:
        raise ParseError("no list of calls")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            raise ParseError("neither JSON nor Python") from None
    return decode_fc(value if isinstance(value, list) else [value])


def _functioncall(text: str, language: str) -> list[DecodedCall]:
    marks = {"<functioncall>": "</functioncall>"}
    return read_calls(text, lambda answer: block_calls(answer, marks, python=True))


def _name_line(text: str, language: str) -> list[DecodedCall]:
    found = NAME_AND_OBJECT.fullmatch(text)
    if found is None:
        return prose(text)
    return decode_fc([{found[1]: found[2]}])


def _python(text: str, language: str) -> list[DecodedCall]:
    """As the reference reads it; where it cannot, behind the thoughts, which its handlers of models that think drop."""
    try:
        return decode_reference(text, language)
    except ParseError:
        if LONE.search(text) is None:
            raise
        return read_behind_thoughts(text, partial(decode_reference, language=language))


def _dialect(name: str, words: str) -> AnswerForm:
    return AnswerForm(name, words, _text(lambda text, language: DIALECTS[name].parse(text)))


FORMS: dict[str, AnswerForm] = {
    form.name: form
    for form in (
        AnswerForm(STRUCTURED, "structured calls", _structured),
        AnswerForm(PYTHONIC, "Python, or the row's language", _text(_python)),
        _dialect("hermes", "<tool_call> blocks"),
        _dialect("xlam_json", "a JSON list of calls"),
        _dialect("plain_json", "JSON lists and objects"),
        _dialect("llama3", "JSON objects with parameters"),
        _dialect("mistral", "[TOOL_CALLS]"),
        _dialect("granite", "<function_call> objects"),
        _dialect("functiongemma", "<start_function_call> blocks"),
        AnswerForm("functioncall", "<functioncall> objects", _text(_functioncall)),
        AnswerForm("keyed_json", "JSON objects keyed by the function's name", _text(_keyed)),
        AnswerForm("name_line", "the name on a line, then a JSON object", _text(_name_line)),
        AnswerForm("wrapped_python", "Python in labels, fences or with Markdown's escapes", _text(_mended_python)),
    )
}


@dataclass(frozen=True)
class Asked:
    """An answer beside what its row says.

    Attributes:
        output: The answer.
        language: The language that its row wants.
        wants_call: Whether a call is right.
        tools: Names of the row's tools.
    """

    output: Any
    language: str
    wants_call: bool
    tools: Sequence[str]


def find_form(answers: Sequence[Asked], dialect: str | None, renamed: bool | None) -> FoundForm:
    """The form of one model's answers.

    Args:
        answers: They, with what their rows say.
        dialect: The form's name where the user says it.
        renamed: Whether names have underscores for dots, where the user says so.

    Raises:
        InputError: The form is unknown, or its answers cannot be read: a score of them would say nothing.
    """
    if dialect is not None and dialect not in FORMS:
        raise InputError(f"dialect {dialect!r}: allowed: {', '.join(FORMS)}")
    wanting = [asked for asked in answers if asked.wants_call and asked.output is not None]
    some = wanting or [asked for asked in answers if asked.output is not None]
    form = FORMS[dialect] if dialect is not None else _likeliest(some)
    outcomes = [_outcome(form, asked) for asked in some]
    unread = outcomes.count("unread")
    found = FoundForm(
        form=form,
        given=dialect is not None,
        renamed=_renamed(form, answers) if renamed is None else renamed,
        answers=len(some),
        read=outcomes.count("calls"),
        unread=unread,
    )
    if wanting and not found.read and "declines" not in outcomes and (dialect is None or unread):
        raise InputError(f"none of the {len(some)} answers gives a call; {_remedy(form, some, dialect)}")
    if unread > len(some) - unread or (dialect is None and unread > found.read):
        remedy = _remedy(form, some, dialect)
        raise InputError(f"{unread} of {len(some)} answers hold calls that are not read; {remedy}")
    return found


def _likeliest(answers: Sequence[Asked]) -> AnswerForm:
    """The first form that gives calls for nearly as many answers as any; of those, the one that refuses the fewest."""
    step = max(1, len(answers) // MAX_TRIED)
    sample = [*answers[::step], *(asked for asked in answers if not isinstance(asked.output, str))][: 2 * MAX_TRIED]
    counts = {name: [_outcome(form, asked) for asked in sample] for name, form in FORMS.items()}
    calls = {name: outcomes.count("calls") for name, outcomes in counts.items()}
    refused = {name: outcomes.count("unread") for name, outcomes in counts.items()}
    best = max(calls.values())
    near = [name for name in FORMS if calls[name] >= NEARLY_ALL * best]
    return FORMS[min(near, key=refused.__getitem__) if best == 0 else near[0]]


def _outcome(form: AnswerForm, asked: Asked) -> str:
    """calls | declines | prose | unread: what a form makes of an answer."""
    try:
        calls = form.read(asked.output, asked.language)
    except ParseError:
        if form.name == STRUCTURED and isinstance(asked.output, str):
            return "prose"
        return "unread" if not isinstance(asked.output, str) or _shows_call(asked.output) else "prose"
    if calls:
        return "calls"
    return "prose" if isinstance(asked.output, str) and _is_words(asked.output) else "declines"


def _shows_call(text: str) -> bool:
    try:
        prose(text)
    except ParseError:
        return True
    return False


def _is_words(text: str) -> bool:
    return not text.strip().startswith(("[", "{", "<")) and bool(text.strip())


def _renamed(form: AnswerForm, answers: Iterable[Asked]) -> bool:
    """Whether more calls name their tools with underscores for dots than with the dots."""
    own = changed = 0
    for asked in answers:
        dotted = {name.replace(".", "_"): name for name in asked.tools if "." in name}
        if not dotted or asked.output is None:
            continue
        try:
            calls = form.read(asked.output, asked.language)
        except ParseError:
            continue
        changed += sum(name in dotted and name not in asked.tools for name, _ in calls)
        own += sum(name in dotted.values() for name, _ in calls)
    return changed > own


def _remedy(form: AnswerForm, answers: Sequence[Asked], dialect: str | None) -> str:
    shown = next((asked.output for asked in answers if _outcome(form, asked) != "calls"), "")
    start = repr(shown if isinstance(shown, str) else json.dumps(shown))[:120]
    tried = f"as {form.name}" if dialect is not None else f"in any form ({', '.join(FORMS)})"
    return f"they were read {tried}; one begins {start}; --dialect says what they are"
