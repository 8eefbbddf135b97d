"""The values that an argument may take: what its schema names, what the team knows, what its name and format say.

Each value is of its schema's type and valid by the schema, and the same generator gives the same values.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeGuard

from sparring.schemas.json_schema import Schema
from sparring.seeds.faked import faker_of, maker_for, plain_name, stated_form
from sparring.seeds.shapes import alternatives
from sparring.seeds.validity import admits
from sparring.seeds.vocabulary import SHORT_FORMS, name_parts

MAX_TRIES = 24
MAX_LIST = 3
EXAMPLES = re.compile(r"\b(?:e\.g\.|for example|examples?|such as|like)[,:]?\s*(?P<rest>[^.;\n]*)", re.IGNORECASE)
QUOTED = re.compile(r"['\"‘“`]([^'\"’”`\n]{1,60})['\"’”`]")
OPTIONS = re.compile(r"\(\s*['\"]([\w-]{2,24})['\"]\s*\)|['\"]([\w-]{2,24})['\"](?=\s*(?:,|\bor\b|\band\b))")
DAY_FORM = re.compile(r"\b(?:YYYY|MM|DD)[-/.](?:MM|DD)[-/.](?:YYYY|DD)\b")
FORMATS: dict[str, Sequence[str]] = {
    "date": ("date",), "date-time": ("timestamp",), "time": ("time",), "email": ("email",), "idn-email": ("email",),
    "uri": ("url",), "url": ("url",), "iri": ("url",), "uri-reference": ("url",), "uuid": ("uuid",), "ipv4": ("ip",),
    "hostname": ("domain",), "idn-hostname": ("domain",), "path": ("path",), "file-path": ("path",),
    "directory-path": ("path",),
}  # fmt: skip
FREE_FORMATS = frozenset({None, "password", "markdown", "textarea", "text", "string", "multiline", "html"})
UNSAID_FORMATS = frozenset({"binary", "byte", "base64", "base64url"})
RANGES: dict[str, tuple[int, int]] = {
    "year years": (1995, 2026), "month": (1, 12), "day": (1, 28), "hour": (0, 23), "age": (18, 80), "port": (1024, 9000),
    "percent percentage": (5, 95), "latitude": (-60, 60), "longitude": (-120, 120), "page": (2, 9), "limit size count": (5, 90),
    "price amount cost budget salary": (20, 900), "id number": (1000, 9999), "score rating": (1, 5),
    "guests guest people persons passengers adults rooms nights stops seats copies retries attempts": (2, 9), "days": (2, 28), "offset": (5, 90),
}  # fmt: skip
RANGE_OF = {word: bounds for names, bounds in RANGES.items() for word in names.split()}


@dataclass(frozen=True)
class Known:
    """What a team says of its own values.

    Attributes:
        values: By an argument's name, or TOOL.ARGUMENT, in small letters, the values that are real.
    """

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def of(self, tool: str, name: str) -> Sequence[str]:
        """The team's values of an argument; none where it names none."""
        return self.values.get(f"{tool}.{name}".lower()) or self.values.get(name.lower()) or ()


def enumerated(shape: Schema) -> list[Any]:
    """What a schema lists of its own type: its constant, its enumeration, the options that its description quotes."""
    if "const" in shape:
        return [shape["const"]] if shape["const"] is not None else []
    if shape.get("enum"):
        return [value for value in shape["enum"] if value is not None and value != "" and admits(shape, value)]
    if shape.get("type") == "boolean":
        return [True, False]
    return _described_options(shape) if shape.get("type") == "string" else []


def value_of(shape: Schema, tool: str, name: str, known: Known, rng: Random) -> Any:
    """A value of a schema of one type; None where none is known that the schema admits."""
    listed = enumerated(shape)
    if listed:
        return rng.choice(listed)
    for _ in range(MAX_TRIES):
        value = _MAKERS.get(shape.get("type", "string"), _nothing)(shape, tool, name, known, rng)
        if value is None:  # nothing is known: another try would know no more
            return None
        if value != "" and admits(shape, value):
            return value
    return None


def _nothing(shape: Schema, tool: str, name: str, known: Known, rng: Random) -> Any:
    return None


def _text(shape: Schema, tool: str, name: str, known: Known, rng: Random) -> str | None:
    own = known.of(tool, name)
    if own:
        return rng.choice(own)
    if shape.get("format") in UNSAID_FORMATS or shape.get("contentEncoding"):
        return None
    words = [SHORT_FORMS.get(part, part) for part in name_parts(name)]
    by_format = maker_for(FORMATS.get(str(shape.get("format")), ()))
    given = _examples(shape)
    if by_format is None and shape.get("format") not in FREE_FORMATS:
        return rng.choice(given) if given else None
    stated = by_format or stated_form(str(shape.get("description") or ""))
    maker = stated or maker_for(words) or (None if given else maker_for(_last_words(shape)))
    if given and (maker is None or rng.random() < 0.5):
        return rng.choice(given)
    made = (maker or plain_name)(faker_of(rng), rng)
    return _in_form(made, str(shape.get("description") or "")) if not by_format else made


def _last_words(shape: Schema) -> list[str]:
    """The words of a description's beginning: what a name that says nothing may stand for."""
    said = re.split(r"[.,;:(]| (?:of|for|to|in|that|which|from|with) ", str(shape.get("description") or ""))[0]
    return name_parts(said)


def _in_form(text: str, description: str) -> str:
    """A day in the form that the description asks for; a text of two words where it wants one with dashes stays."""
    form = DAY_FORM.search(description)
    if form is None or not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return text
    year, month, day = text.split("-")
    return form[0].replace("YYYY", year).replace("MM", month).replace("DD", day)


def _examples(shape: Schema) -> list[str]:
    """Examples of the schema, its default, and what its description quotes behind "e.g."."""
    found = [*(shape.get("examples") or ()), shape.get("example"), shape.get("default")]
    for match in EXAMPLES.finditer(str(shape.get("description") or "")):
        found += QUOTED.findall(match["rest"])
    texts = [value.strip() for value in found if isinstance(value, str) and value.strip()]
    return [text for text in dict.fromkeys(texts) if re.search(r"\w", text) and len(text) <= 60 and "\n" not in text]


def _described_options(shape: Schema) -> list[str]:
    """Options that a description lists in quotes: "('local'), remote ('remote') or all ('all')"."""
    text = str(shape.get("description") or "")
    if EXAMPLES.search(text) or not re.search(
        r"\b(?:whether|either|one of|options?|choose|must be|values?)\b", text, re.I
    ):
        return []
    found = list(dict.fromkeys(one or other for one, other in OPTIONS.findall(text)))
    last = re.search(r"\bor\s+['\"]([\w-]{2,24})['\"]", text)
    found += [last[1]] if last and last[1] not in found else []
    return [value for value in found if admits(shape, value)] if len(found) > 1 else []


def _number(shape: Schema, tool: str, name: str, known: Known, rng: Random) -> Any:
    whole = shape.get("type") == "integer"
    own = [value for text in known.of(tool, name) if (value := _read(text, whole)) is not None]
    if own:
        return rng.choice(own)
    given = [value for value in (*(shape.get("examples") or ()), shape.get("example")) if _is_number(value)]
    if given and rng.random() < 0.3:
        return rng.choice(given)
    low, high = _bounds(shape, name)
    step = shape.get("multipleOf")
    if step is not None and _is_number(step) and step > 0 and (whole or float(step).is_integer()):
        return int(step) * rng.randint(
            -(-int(low) // int(step)), max(int(high) // int(step), -(-int(low) // int(step)))
        )
    if whole:
        return rng.randint(int(low), int(high))
    return round(rng.uniform(low, high), 2 if high - low <= 2 else 1)


def _bounds(shape: Schema, name: str) -> tuple[float, float]:
    """From where to where numbers are drawn: what the name says, within what the schema allows."""
    low: float
    high: float
    low, high = next((RANGE_OF[part] for part in reversed(name_parts(name)) if part in RANGE_OF), (3, 60))
    least = _bound(shape, "minimum", "exclusiveMinimum", 1)
    most = _bound(shape, "maximum", "exclusiveMaximum", -1)
    if least is not None and (least > low or (most is not None and most < low)):
        low, high = least, max(high, least + min(40, abs(least) + 10))
    if most is not None:
        high = min(high, most)
        low = low if low <= high else (least if least is not None else high - 20)
    return (low, high) if low <= high else (high, high)


def _bound(shape: Schema, plain: str, exclusive: str, inside: int) -> float | None:
    if _is_number(shape.get(plain)):
        return float(shape[plain])
    if _is_number(shape.get(exclusive)):
        edge = float(shape[exclusive])
        return edge + inside if shape.get("type") == "integer" else edge + inside * 0.01
    return None


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _read(text: str, whole: bool) -> int | float | None:
    try:
        return int(text) if whole else float(text)
    except ValueError:
        return None


def _list(shape: Schema, tool: str, name: str, known: Known, rng: Random) -> list[Any] | None:
    items = shape.get("items")
    inner = alternatives(items) if isinstance(items, dict) else []
    inner = inner or ([{"type": "string"}] if items in (None, {}, True) else [])
    if not inner or shape.get("prefixItems") or inner[0].get("type", "string") not in {"string", "integer", "number"}:
        return None
    least, most = shape.get("minItems") or 1, shape.get("maxItems") or MAX_LIST
    wanted = rng.randint(max(1, least), max(least, min(MAX_LIST, most), 1))
    found: list[Any] = []
    for _ in range(MAX_TRIES):
        value = value_of(inner[0] | {"description": inner[0].get("description") or shape.get("description", "")}, tool,
                         name, known, rng)  # fmt: skip
        if value is None:
            break
        if value not in found:
            found.append(value)
        if len(found) == wanted:
            return found
    return found if len(found) >= max(1, least) else None


def _entries(shape: Schema, tool: str, name: str, known: Known, rng: Random) -> dict[str, Any] | None:
    """An object without named properties: one entry, its value of the type that the schema wants, else a text."""
    if shape.get("properties") or shape.get("additionalProperties") is False or shape.get("propertyNames"):
        return None
    inner = shape.get("additionalProperties")
    key = rng.choice(("region", "season", "team", "channel", "priority"))
    wanted: Schema = inner if isinstance(inner, dict) and inner.get("type") in {"string", "integer", "number"} else {}
    if isinstance(inner, dict) and inner and not wanted and "type" in inner:
        return None
    value = value_of(wanted or {"type": "string"}, tool, key if wanted.get("type") == "integer" else "tag", known, rng)
    return None if value is None else {key: value}


Maker = Callable[[Schema, str, str, Known, Random], Any]
_MAKERS: dict[str, Maker] = {
    "string": _text, "integer": _number, "number": _number, "array": _list, "object": _entries,
}  # fmt: skip
