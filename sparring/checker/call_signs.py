"""Prose or a call? What is left of an answer once a parser found no call of its own in it.

Only prose abstains. A call in another form (JSON, marks of other families, Python, ReAct, XML) was made, and is
unreadable here. Words are never enough: "I need your address" holds no call of a tool `add`, and prose that only speaks
of a mark holds none either.
"""

import re
from collections.abc import Iterable

from sparring.checker.errors import ParseError
from sparring.checker.python_text import FENCE, MAX_CHARS, DecodedCall
from sparring.checker.quoted_marks import is_spoken_of
from sparring.checker.thoughts import LONE

MAX_SHOWN = 60
MARKS = re.compile(
    r"<[|｜]?/?[|｜]?(?:\w{1,12}[:|｜])?(?:[a-z]{1,12}_)?(?:tool|function)s?[_▁]?(?:calls?|requests?|args?)"
    r"[\w▁:]{0,24}[|｜]?>"  # most families
    r"|</?[|｜]?(?:\w{1,12}[|｜])?(?:function|invoke|parameter|param)(?:\s|=|>)|<(?:\w{1,12}[|｜])?arg_key>"  # XML
    r"|<tool_(?:name|use|input|code)>|<tool:|<\w{1,12}:(?:invoke|tool|param)"
    r"|<(?:use|call|run|invoke)_\w{0,20}tool\w{0,9}>|\]<\]\w{1,20}\[>\[|\[unused\d{1,3}\]"  # Cline, MiniMax, Pangu
    r"|\[/?TOOL_(?:CALLS?|REQUEST)\]|\[ARGS\]|\[CALL_ID\]|\bfunctools\[\s*(?:\{|\Z)"  # Mistral, LM Studio, Phi
    r"|<\|python_(?:tag|start)\|>|<\|action_start\|>|<\|START_ACTION\|>|<\|tools_prefix\|>"  # Llama, InternLM, Cohere
    r"|<\|call\|>|<\|open\|>\s?(?:too|call|arg)|<\|\"\|>",  # Harmony, Kimi K3, Gemma
    re.IGNORECASE,
)
SHAPES = re.compile(
    r"\bto=\s*(?:functions?|multi_tool_use|browser|python)\b\.?|\b(?:commentary|analysis)\s{1,3}to="  # Harmony
    r"|\bassistant\s{1,3}to=\s?(?!user\b|self\b)\w|->\s?tool/function_call"  # Muse, HyperCLOVA
    r"|\bcall:[\w.-]+\{|```tool_(?:code|call)|\bdefault_api\.(?:\w|\Z)"  # Gemma, Gemini
    r"|[\"'](?:tool_calls|function_calls?)[\"']\s{0,9}:\s{0,9}[\[{]"  # OpenAI's
    r"|^[^\w\n]{0,9}(?:tool|function) call[^\w\n]{0,9}\n\s{0,9}(?:```|[{\[])"  # RWKV
    r"|^[ \t*#>-]{0,9}Action(?:[ _]?Input\b[ \t*]{0,9}:|\b[ \t*]{0,9}:\s{0,9}(?:```|[{\[]))"  # ReAct, Command R
    r"|^[ \t*#>-]{0,9}Thought\b[ \t*]{0,9}:(?:[^\n]{0,2000}\n){1,20}?[ \t*#>-]{0,9}Action\b[ \t*]{0,9}:"
    r"[ \t*`\"]{0,9}(?!(?:none|no|finish|final|n/a)\b)[\w.]{1,100}(?:[\[(]|[^\w\n]{0,9}$)"
    r"|^[ \t`]{0,9}(?:tool|name|function|tool_name):[ \t\"']{0,9}[\w.-]{1,100}[\"']?[ \t]{0,9}\n"
    r"[ \t]{0,9}(?:arguments|parameters|args|input):[ \t]{0,9}(?:\{|\n[ \t]{1,9}[\w-]{1,60}:)"  # YAML
    r"|^[^\W\d_][^\W_]{0,40}[_.][\w.-]{1,60}[ \t]{0,9}\n[ \t]{0,9}\{\s{0,9}[\"']"  # GLM-4
    r"|^>>>[ \t]{0,9}[\w.-]{1,100}[ \t]{0,9}\n\s{0,9}\{|<\|recipient\|>\s{0,9}(?:(?!all\b)\w|\Z)"  # Functionary
    r"|^[ \t`]{0,9}\[[ \t\n]{0,9}[\w.]{1,100}\("  # Python in a list
    r"|(?<!\\)\[\s{0,9}[\w.:/$@#&+ -]{1,100}\(\s{0,9}(?:[\w-]{1,100}\s{0,9}=(?!=)|\*\*)",
    re.IGNORECASE | re.MULTILINE,
)
CUT_MARK = re.compile(
    r"(?:<[|｜][^\s<>]{0,40}|<(?:\w{1,12}[:_])?(?:too|func|inv|param)[\w:=▁.]{0,24}|\[TOOL\w{0,8})\Z", re.IGNORECASE
)
CUT_OBJECT = re.compile(
    r"\{(?:\s{0,9}(?:[\"'][\w ]{0,40}[\"']?\s{0,9}:?\s{0,9})?"
    r"|[^{}]{0,300}[\"'](?:name|function|tool|tool_name|function_name|action)[\"']\s{0,9}:[^{}]{0,300})\Z"
)
NAMED = re.compile(r"[\"'](?:name|function|tool|tool_name|function_name|action)[\"']\s{0,9}:\s{0,9}[\"'][^\"']")
GIVEN = re.compile(
    r"[\"'](?:arguments|parameters|args|input|action_input|tool_input)[\"']\s{0,9}:\s{0,9}(?:[{\[\"']|null|None)"
)
BEGUN = re.compile(
    r"\[?\s*\{\s*(?:[\"'}]|\Z)|\[\Z"  # a JSON object, or a list of such
    r"|[`*\s]*[\w.:/-]+[\s`:]*\{\s*[\"'}]"  # a name and its object
    r"|[`*\s]*[\w.:/-]+\((?:\s*[\w-]+\s*=(?!=)|\s*\*\*|\s*\)[\s`;.]*\Z)"  # a name and its arguments
    r"|print\(\s*[\w.]{1,100}\("
)
POSITIONAL = re.compile(r"[`*\s]*[^\W\d][\w.:/-]*\(\s*(?:[\"'{\[]|[\d-][^()\n]*\)[\s`;.]*\Z)")


def prose(text: str) -> list[DecodedCall]:
    """No calls, for a text that makes none.

    Raises:
        ParseError: It shows a call in another form, or the end of a thought.
    """
    begun = _unfenced(text)
    found = SHAPES.search(text) or _mark(text) or BEGUN.match(begun) or _whole_call(begun) or CUT_OBJECT.search(text)
    if found is None and NAMED.search(text) is not None:
        found = GIVEN.search(text)
    if found is not None:
        raise ParseError(f"a call in a form that is not read here: {found.group().strip()[:MAX_SHOWN]!r}")
    return []


def is_prose(output: object) -> bool:
    """Whether an answer is a text that makes no call."""
    try:
        return isinstance(output, str) and not prose(output)
    except ParseError:
        return False


def long_prose(text: str) -> list[DecodedCall]:
    """No calls, for a text that is longer than what is read for calls, and makes none.

    Raises:
        ParseError: It shows a call, which is not read.
    """
    try:
        return prose(text)
    except ParseError:
        raise ParseError(f"the text has {len(text)} characters, at most {MAX_CHARS} are read") from None


def naming(names: Iterable[str]) -> re.Pattern[str]:
    """What finds calls of these tools in prose, in whatever form: the name itself is not enough.

    Args:
        names: The tools' own names; those with underscores for dots are looked for as well.
    """
    known = sorted({form for name in names for form in (name, name.replace(".", "_")) if name}, key=len, reverse=True)
    name = f"(?:{'|'.join(map(re.escape, known))})" if known else r"(?!)"
    return re.compile(
        rf"(?:(?<![\w.])|\b(?:functions?|tools?)\.){name}"  # Python
        rf"\((?:\s{{0,9}}[\w-]{{1,100}}\s{{0,9}}=(?!=)|\s{{0,9}}[\"'{{\[*\d-]|[^()]*\Z)"
        rf"|^[^\w\n]{{0,20}}{name}\(\s{{0,9}}\)[^\w\n]{{0,20}}$"
        rf"|(?<![\w.]){name}[`\"'*]{{0,3}}[\s:,=>→-]{{0,9}}(?:```\w{{0,9}}\s{{0,9}})?\{{\s{{0,9}}[\"'}}]"  # JSON
        rf"|[\"']{name}[\"']\s{{0,9}}:\s{{0,9}}\{{"
        rf"|[\"'](?:name|function|tool|tool_name|function_name|action)[\"']\s{{0,9}}:\s{{0,9}}[\"']{name}[\"']"
        rf"|<(?:\w{{1,20}}:)?{name}(?:\s|/|>)"  # XML
        rf"|<[|｜]?(?:tool|function|name|action|call)[\w▁]{{0,20}}[|｜]?>\s{{0,9}}{name}\b"
        rf"|^[^\w\n]{{0,9}}{name}[ \t,]{{1,9}}(?:--?\w|[\w-]{{1,60}}=)"  # a shell's
        rf"|\A\s{{0,9}}(?:\[\s{{0,9}}{name}\s{{0,9}}\]|`{{0,3}}{name}(?:\(\))?`{{0,3}})\s{{0,9}}\Z"  # nothing else
        rf"|\bname:[ \t]{{0,9}}{name}\s{{1,9}}(?:arguments|parameters|args|input):"  # YAML
        r"|^[ \t*#>-]{0,9}(?:action|tool|function|tool call|function call)\b[ \t*]{0,9}:"  # ReAct
        rf"[ \t*`\"]{{0,9}}{name}(?:[\[(]|[^\w\n]{{0,9}}$)",
        re.MULTILINE | re.IGNORECASE,
    )


def _mark(text: str) -> re.Match[str] | None:
    """The first mark of a call, or of a thought's end, that is more than spoken of; or one that the text's end cuts."""
    for pattern in (MARKS, LONE):
        for found in pattern.finditer(text):
            if not is_spoken_of(text, found.start(), found.end()):
                return found
    return CUT_MARK.search(text)


def _whole_call(text: str) -> re.Match[str] | None:
    """The beginning of a text that is one call with values only, whole or cut, or calls in brackets of any kind."""
    if text.startswith("[") and text.endswith(")]"):
        return re.match(r"\[", text)
    return POSITIONAL.match(text) if text.rstrip("`;. \n").endswith(")") or ")" not in text else None


def _unfenced(text: str) -> str:
    fenced = FENCE.match(text)
    return (fenced.group(1) if fenced else text).strip()
