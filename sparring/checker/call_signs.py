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
    r"<[|｜]?/?[|｜]?(?:\w{1,12}[:|｜])?(?:start_|end_|begin_|longcat_)?(?:tool|function)s?[_▁]?(?:calls?|requests?)"
    r"[\w▁:]{0,24}[|｜]?>"  # most families
    r"|</?[|｜]?(?:\w{1,12}[|｜])?(?:function|invoke|parameter|param)(?:\s|=|>)|<(?:\w{1,12}[|｜])?arg_key>"  # XML
    r"|<tool_(?:name|use)>|<tool:\s?\w|<\w{1,12}:(?:invoke|tool)"
    r"|\[/?TOOL_(?:CALLS?|REQUEST)\]|\[ARGS\]|\[CALL_ID\]|\bfunctools\[\s*\{"  # Mistral, LM Studio, Phi
    r"|<\|python_(?:tag|start)\|>|<\|action_start\|>|<\|START_ACTION\|>|<\|tools_prefix\|>"  # Llama, InternLM, Cohere
    r"|<\|call\|>",  # Harmony
    re.IGNORECASE,
)
SHAPES = re.compile(
    r"\bto=\s*(?:functions?|multi_tool_use|browser|python)\b\.?"  # Harmony
    r"|\bcall:[\w.-]+\{|```tool_(?:code|call)"  # Gemma
    r"|[\"'](?:tool_calls|function_calls?)[\"']\s{0,9}:\s{0,9}[\[{]"  # OpenAI's
    r"|^[ \t*#>-]{0,9}Action[ _]?Input\b[ \t*]{0,9}:"  # ReAct
    r"|^>>>[ \t]{0,9}[\w.-]{1,100}[ \t]{0,9}\n\s{0,9}\{"  # Functionary
    r"|^[ \t`]{0,9}\[[ \t\n]{0,9}[\w.]{1,100}\("  # Python in a list
    r"|(?<!\\)\[\s{0,9}[\w.:/$@#&+ -]{1,100}\(\s{0,9}(?:[\w-]{1,100}\s{0,9}=(?!=)|\*\*)",
    re.IGNORECASE | re.MULTILINE,
)
CUT_MARK = re.compile(
    r"(?:<[|｜]?(?:\w{1,12}:)?(?:start_|end_)?(?:tool|function)s?[_▁=]?[\w▁.]{0,24}[|｜]?|\[TOOL_\w{0,8}|<\|python_\w{0,5}\|?)\Z",
    re.IGNORECASE,
)
NAMED = re.compile(r"[\"'](?:name|function|tool|tool_name|function_name|action)[\"']\s{0,9}:\s{0,9}[\"'][^\"']")
GIVEN = re.compile(
    r"[\"'](?:arguments|parameters|args|input|action_input|tool_input)[\"']\s{0,9}:\s{0,9}(?:[{\[\"']|null|None)"
)
BEGUN = re.compile(
    r"\[?\s*\{\s*(?:[\"'}]|\Z)|\[\Z"  # a JSON object, or a list of such
    r"|[`*\s]*[\w.:/-]+[\s`:]*\{\s*[\"'}]"  # a name and its object
    r"|[`*\s]*[\w.:/-]+\((?:\s*[\w-]+\s*=(?!=)|\s*\*\*|\s*\)[\s`;.]*\Z)"  # a name and its arguments
)
POSITIONAL = re.compile(r"[`*\s]*[^\W\d][\w.:/-]*\(\s*(?:[\"'{\[]|[\d-][^()\n]*\)[\s`;.]*\Z)")


def prose(text: str) -> list[DecodedCall]:
    """No calls, for a text that makes none.

    Raises:
        ParseError: It shows a call in another form, or the end of a thought.
    """
    begun = _unfenced(text)
    found = SHAPES.search(text) or _mark(text) or BEGUN.match(begun) or _whole_call(begun)
    if found is None and NAMED.search(text) is not None:
        found = GIVEN.search(text)
    if found is not None:
        raise ParseError(f"a call in a form that is not read here: {found.group().strip()[:MAX_SHOWN]!r}")
    return []


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
        rf"(?<![\w.]){name}\((?:\s{{0,9}}[\w-]{{1,100}}\s{{0,9}}=(?!=)|\s{{0,9}}[\"'{{\[*\d-]|[^()]*\Z)"  # Python
        rf"|^[^\w\n]{{0,20}}{name}\(\s{{0,9}}\)[^\w\n]{{0,20}}$"
        rf"|(?<![\w.]){name}[`\"'*]{{0,3}}[\s:,]{{0,9}}(?:```\w{{0,9}}\s{{0,9}})?\{{\s{{0,9}}[\"'}}]"  # JSON
        rf"|[\"']{name}[\"']\s{{0,9}}:\s{{0,9}}\{{"
        rf"|[\"'](?:name|function|tool|tool_name|function_name|action)[\"']\s{{0,9}}:\s{{0,9}}[\"']{name}[\"']"
        rf"|<(?:\w{{1,20}}:)?{name}(?:\s|/|>)|<(?:tool|function|name|action|call)>\s{{0,9}}{name}\b"  # XML
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
